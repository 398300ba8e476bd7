/** The same program natively against Pulumi's default loader, ts-node with type checks. */
import { join } from "node:path";
import type { World } from "../../sandbox/world.ts";
import type { Bench, Figure } from "../bench.ts";
import { median, seconds, type Timed } from "../measure.ts";
import { defaultLoaderProject } from "./projects.ts";
import { previewOf, withWorld } from "./world.ts";

const PAIRS = 3;

export async function defaultLoader(bench: Bench): Promise<Figure[]> {
  const copy = await bench.progress.step("Copy the program for the default loader", () =>
    defaultLoaderProject(join(bench.directory, "default-loader"), bench.root),
  );
  const found = await bench.progress.step(
    "The program against itself under the default loader",
    async (say) => {
      const ratios: number[] = [];
      for (let pair = 0; pair <= PAIRS; pair++) {
        const native = await withWorld(bench, (world) => seconds(previewOf(world)));
        const slow = await withWorld(bench, (world) => seconds(underDefaultLoader(world)), copy);
        if (pair > 0) ratios.push(native / slow);
        say(`${native.toFixed(1)} s against ${slow.toFixed(1)} s`);
      }
      return median(ratios);
    },
  );
  return [{ name: "preview natively / under Pulumi's default loader", ratio: found, limit: 0.3 }];
}

/** The stored text of a dynamic provider depends on the loader, so this preview is not one without changes. */
function underDefaultLoader({ env }: World): Timed {
  // An engine built here leaves the compiler out unless it is told otherwise (engine/bundle.ts).
  return { args: ["preview", "--stack", "production"], env: { ...env, PULUMI_NODEJS_TYPESCRIPT: "true" } };
}
