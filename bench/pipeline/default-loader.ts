/**
 * The program against itself under Pulumi's default loader, ts-node with type checks. How much that loader costs is
 * mostly a matter of what is imported: this program imports single modules of the providers' packages, so that there is
 * little to check, and the ratio cannot come near 0.3. The limit holds against the packages imported as a whole, as
 * Pulumi's documentation writes it; the loader alone is shown beside.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "../../sandbox/world.ts";
import type { Bench, Figure } from "../bench.ts";
import { median, seconds, type Timed } from "../measure.ts";
import { defaultLoaderProject } from "./projects.ts";
import { previewOf, withWorld } from "./world.ts";

const PAIRS = 3;
const PROVIDERS = [
  "@pulumi/aws",
  "@pulumi/digitalocean",
  "@pulumi/github",
  "@pulumi/kubernetes",
  "@pulumiverse/vercel",
];

export async function defaultLoader(bench: Bench): Promise<Figure[]> {
  const { step } = bench.progress;
  const alone = await step("Copy the program for the default loader", () =>
    defaultLoaderProject(join(bench.directory, "default-loader"), bench.root),
  );
  const loader = await step("The program against itself under the default loader", (say) =>
    against(bench, alone, say),
  );
  importWholePackages(alone);
  const both = await step("The same, with the providers' packages imported as a whole", (say) =>
    against(bench, alone, say),
  );
  return [
    {
      name: "preview natively / under Pulumi's default loader, packages as a whole",
      ratio: both,
      limit: 0.3,
    },
    { name: "preview natively / under Pulumi's default loader, single modules", ratio: loader, limit: 0.45 },
  ];
}

/** Median of some pairs, after one that does not count. */
async function against(bench: Bench, copy: string, say: (detail: string) => void): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair <= PAIRS; pair++) {
    const native = await withWorld(bench, (world) => seconds(previewOf(world)));
    const slow = await withWorld(bench, (world) => seconds(underDefaultLoader(world)), copy);
    if (pair > 0) ratios.push(native / slow);
    say(`${native.toFixed(1)} s against ${slow.toFixed(1)} s`);
  }
  return median(ratios);
}

function importWholePackages(program: string): void {
  const file = join(program, "index.ts");
  const lines = PROVIDERS.map((name, index) => `import * as whole${index} from "${name}";`);
  const used = `void [${PROVIDERS.map((_, index) => `whole${index}`).join(", ")}];`;
  writeFileSync(file, `${lines.join("\n")}\n${readFileSync(file, "utf8")}\n${used}\n`);
}

/** The stored text of a dynamic provider depends on the loader, so this preview is not one without changes. */
function underDefaultLoader({ env }: World): Timed {
  // An engine built here leaves the compiler out unless it is told otherwise (engine/bundle.ts).
  return { args: ["preview", "--stack", "production"], env: { ...env, PULUMI_NODEJS_TYPESCRIPT: "true" } };
}
