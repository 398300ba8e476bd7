/**
 * `npm run bench`: how long the engine takes with this program, as ratios of runs on the same machine.
 * With --json one array of {name, ratio, limit}. Exit code 1 when a limit does not hold.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEngine } from "../engine/find-engine.ts";
import { showProgress } from "../engine/progress.ts";
import type { Figure } from "./bench.ts";
import { defaultLoader } from "./default-loader.ts";
import { growth } from "./growth.ts";
import { previewAgainstBare } from "./preview.ts";
import { tour } from "./tour.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const progress = showProgress(process.stderr);
const directory = mkdtempSync(join(tmpdir(), "kai-bench-"));
try {
  const engine = await findEngine({ root, progress });
  const figures: Figure[] = [];
  // The tour first: it leaves the world in which the others measure. Growth last: it changes the stack.
  for (const run of [tour, previewAgainstBare, defaultLoader, growth])
    figures.push(...(await run({ root, directory, engine, progress })));
  if (process.argv.includes("--json")) console.log(JSON.stringify(figures));
  else
    for (const { name, ratio, limit } of figures)
      console.log(
        `${ratio <= limit ? "ok  " : "FAIL"} ${name}: ${ratio.toFixed(2)} (at most ${limit.toFixed(2)})`,
      );
  if (figures.some(({ ratio, limit }) => ratio > limit)) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
