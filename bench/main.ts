/**
 * `npm run bench`: ratios of runs on the same machine, and whether each is good enough.
 * `npm run bench -- pipeline`, `-- github`, `-- drift` or `-- migrations` measures one part; with --json one array of {name, ratio, limit}.
 * Exit code 1 when a limit does not hold, 2 for a part that does not exist.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findEngine } from "../engine/find-engine.ts";
import { showProgress } from "../engine/progress.ts";
import type { Figure } from "./bench.ts";
import { drift } from "./drift/index.ts";
import { github } from "./github/index.ts";
import { migrations } from "./migrations/index.ts";
import { pipeline } from "./pipeline/index.ts";

const PARTS = new Map([
  ["pipeline", pipeline],
  ["github", github],
  ["drift", drift],
  ["migrations", migrations],
]);

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const wanted = positionals.length > 0 ? positionals : [...PARTS.keys()];
const unknown = wanted.filter((part) => !PARTS.has(part));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}. Parts: ${[...PARTS.keys()].join(", ")}.`);
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const progress = showProgress(process.stderr);
const directory = mkdtempSync(join(tmpdir(), "kai-bench-"));
try {
  const engine = await findEngine({ root, progress });
  const figures: Figure[] = [];
  for (const part of wanted)
    figures.push(...((await PARTS.get(part)?.({ root, directory, engine, progress })) ?? []));
  if (values.json) console.log(JSON.stringify(figures));
  else
    for (const { name, ratio, limit } of figures)
      console.log(
        `${ratio <= limit ? "ok  " : "FAIL"} ${name}: ${ratio.toFixed(2)} (at most ${limit.toFixed(2)})`,
      );
  if (figures.some(({ ratio, limit }) => ratio > limit)) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
