/**
 * `kai drift` over both stacks, untouched, against the engine's two preview-only refreshes alone, which run side by side
 * as they do in it: what asking GitHub, judging and reporting add.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareStacks, startWorld } from "../../sandbox/world.ts";
import type { Bench, Figure } from "../bench.ts";
import { ratio, seconds, type Timed } from "../measure.ts";

const PAIRS = 3;
const STACKS = ["production", "staging"];
const REFRESH = "pulumi refresh --preview-only --expect-no-changes --run-program --json --non-interactive";

export async function againstRefreshes({ root, directory, engine, progress }: Bench): Promise<Figure[]> {
  const folder = join(directory, "drift");
  mkdirSync(folder);
  const world = await startWorld({ directory: folder, program: root, engine });
  try {
    await prepareStacks(world, folder);
    for (const stack of STACKS) {
      const args = ["up", "--yes", "--skip-preview", "--stack", stack];
      await progress.step(`Up of ${stack}`, () => seconds({ args, env: world.env }));
    }
    const measured = await progress.step("Drift of both stacks against their refreshes", (say) =>
      ratio({ program: "kai", args: ["drift"], env: world.env }, refreshes(world.env), PAIRS, say),
    );
    return [
      { name: "kai drift of both stacks / their two preview-only refreshes", ratio: measured, limit: 1.3 },
    ];
  } finally {
    await world.stop();
  }
}

/** Both at once; `wait` for each by itself, since it answers how that one ended. */
function refreshes(env: NodeJS.ProcessEnv): Timed {
  const started = STACKS.map((stack) => `${REFRESH} --stack ${stack} & ${stack}=$!`).join("\n");
  const ended = STACKS.map((stack) => `wait "$${stack}"`).join(" && ");
  const streaming = { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
  return { program: "bash", args: ["-c", `${started}\n${ended}`], env: streaming };
}
