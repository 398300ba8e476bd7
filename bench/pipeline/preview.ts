/**
 * Preview of the unchanged production stack against programs that do nothing. Against one that declares nothing the
 * ratio cannot come near 1.5: the engine and the SDK alone need more than twice as long for as many bare components as
 * production has resources. So the limit holds against those, and the bare components' own ratio is shown beside.
 */
import { join } from "node:path";
import type { Bench, Figure } from "../bench.ts";
import { engineRun, ratio, seconds, type Timed } from "../measure.ts";
import { bareProject } from "./projects.ts";
import { previewOf, withWorld } from "./world.ts";

const PAIRS = 5;

export function previewAgainstBare(bench: Bench): Promise<Figure[]> {
  return withWorld(bench, async (world) => {
    const { resources } = await engineRun(previewOf(world));
    const bare = await upBare(bench, world.env, resources);
    const empty = await upBare(bench, world.env, 0);
    const { step } = bench.progress;
    const production = await step(`Preview of production against ${resources} bare components`, (say) =>
      ratio(previewOf(world), bare, PAIRS, say),
    );
    const floor = await step(`Preview of ${resources} bare components against none`, (say) =>
      ratio(bare, empty, PAIRS, say),
    );
    const simulating = await step("Rendering and simulating the workflows against an empty program", (say) =>
      ratio(simulation(bench, world.env), empty, PAIRS, say),
    );
    return [
      { name: "preview of unchanged production / of as many bare components", ratio: production, limit: 2 },
      { name: "preview of as many bare components / of an empty program", ratio: floor, limit: 5 },
      {
        name: "rendering and simulating the workflows / preview of an empty program",
        ratio: simulating,
        limit: 0.5,
      },
    ];
  });
}

/** Both stacks' files, read by GitHub's parser, for a push to staging. */
function simulation({ root }: Bench, env: NodeJS.ProcessEnv): Timed {
  const args = [
    join(root, "cli/kai.cjs"),
    "workflow",
    "simulate",
    "--directory",
    root,
    "--branch",
    "staging",
  ];
  return { program: process.execPath, args, env };
}

/** A stack of bare components that is up; the answer is its preview. */
async function upBare(bench: Bench, world: NodeJS.ProcessEnv, components: number): Promise<Timed> {
  const folder = bareProject(join(bench.directory, `bare-${components}`), bench.root, components);
  const env = { ...world, PULUMI_OPTION_CWD: folder, PULUMI_NODEJS_ROOT_DIRECTORY: folder };
  const stack = `bare-${components}`;
  await seconds({ args: ["stack", "init", stack], env });
  await seconds({ args: ["up", "--yes", "--skip-preview", "--stack", stack], env });
  return { args: ["preview", "--expect-no-changes", "--stack", stack], env };
}
