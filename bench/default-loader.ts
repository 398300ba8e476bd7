/** The same program natively against Pulumi's default loader, ts-node with type checks. */
import { join } from "node:path";
import type { Bench, Figure } from "./main.ts";
import { median, seconds } from "./measure.ts";
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
        const slow = await withWorld(
          bench,
          (world) => seconds({ ...previewOf(world), args: ["preview", "--stack", "production"] }),
          copy,
        );
        if (pair > 0) ratios.push(native / slow);
        say(`${native.toFixed(1)} s against ${slow.toFixed(1)} s`);
      }
      return median(ratios);
    },
  );
  return [{ name: "preview natively / under Pulumi's default loader", ratio: found, limit: 0.3 }];
}
