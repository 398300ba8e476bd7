/** The program's GitHub part alone on the engine, with both stacks up. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareStacks, startWorld } from "../../sandbox/world.ts";
import { withoutOtherClouds } from "../../tests/support/github-campaign.ts";
import { type TestWorld, testWorld } from "../../tests/support/world.ts";
import type { Bench } from "../bench.ts";

export async function withGitHub<T>(
  { root, directory, engine, progress }: Bench,
  work: (world: TestWorld) => Promise<T>,
): Promise<T> {
  const folder = join(directory, "github");
  mkdirSync(folder);
  const started = await startWorld({ directory: folder, program: root, engine });
  try {
    await prepareStacks(started, folder);
    const world = testWorld(started, folder);
    withoutOtherClouds(world);
    for (const stack of ["production", "staging"]) {
      const up = ["up", "--yes", "--skip-preview", "--stack", stack];
      await progress.step(`Up of ${stack}, GitHub alone`, () => world.succeed("pulumi", ...up));
    }
    return await work(world);
  } finally {
    await started.stop();
  }
}
