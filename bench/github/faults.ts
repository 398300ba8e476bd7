/**
 * The first `up` of production, and one that changes, makes and deletes, disturbed at each call to GitHub: by a refusal,
 * and by an answer that gets lost. Whatever does not end in the undisturbed world ends the bench.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareStacks, startWorld } from "../../sandbox/world.ts";
import {
  Campaign,
  changeAfterUp,
  kindsFor,
  withoutOtherClouds,
} from "../../tests/support/github-campaign.ts";
import { type TestWorld, testWorld } from "../../tests/support/world.ts";
import type { Bench, Figure } from "../bench.ts";

export async function faults(bench: Bench): Promise<Figure[]> {
  const folder = join(bench.directory, "github-faults");
  mkdirSync(folder);
  const started = await startWorld({ directory: folder, program: bench.root, engine: bench.engine });
  try {
    await prepareStacks(started, folder);
    const world = testWorld(started, folder);
    withoutOtherClouds(world);
    const first = await everyCall(bench, world, "first up");
    await changeAfterUp(world);
    return [first, await everyCall(bench, world, "up that changes")];
  } finally {
    await started.stop();
  }
}

/** The share of disturbed runs after which the next one is not enough, and `kai recover` must come before it. */
async function everyCall(bench: Bench, world: TestWorld, name: string): Promise<Figure> {
  const campaign = await Campaign.of(world, join(bench.directory, name.replaceAll(" ", "-")));
  const cases = campaign.calls.flatMap((call) => kindsFor(call).map((kind) => ({ call, kind })));
  const title = `Disturb the ${name}: ${cases.length} runs`;
  const recovered = await bench.progress.step(title, async (say) => {
    let count = 0;
    for (const [index, { call, kind }] of cases.entries()) {
      say(`${index + 1}: ${kind} at ${call.operation} ${call.subject}`);
      if ((await campaign.disturbed(call, kind)) === "after kai recover") count += 1;
    }
    return count;
  });
  campaign.restore();
  return {
    name: `disturbed runs of the ${name} that need kai recover / all`,
    ratio: recovered / cases.length,
    limit: 0.25,
  };
}
