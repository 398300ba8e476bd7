/** Preview of the unchanged production stack against the preview of a program that declares nothing. */
import { join } from "node:path";
import type { Bench, Figure } from "./bench.ts";
import { ratio, seconds } from "./measure.ts";
import { emptyProject } from "./projects.ts";
import { previewOf, withWorld } from "./world.ts";

export function previewAgainstEmpty(bench: Bench): Promise<Figure[]> {
  return withWorld(bench, async (world) => {
    const folder = emptyProject(join(bench.directory, "empty"), bench.root);
    const env = { ...world.env, PULUMI_OPTION_CWD: folder, PULUMI_NODEJS_ROOT_DIRECTORY: folder };
    await seconds({ args: ["stack", "init", "bench"], env });
    await seconds({ args: ["up", "--yes", "--skip-preview", "--stack", "bench"], env });
    const empty = { args: ["preview", "--expect-no-changes", "--stack", "bench"], env };
    const found = await bench.progress.step("Preview of production against an empty program", (say) =>
      ratio(previewOf(world), empty, 5, say),
    );
    return [{ name: "preview of unchanged production / of an empty program", ratio: found, limit: 1.5 }];
  });
}
