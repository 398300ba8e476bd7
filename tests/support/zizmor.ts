/** zizmor, an auditor of workflow files: from PyPI into the user's cache folder. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";

/** What this project was last found clean with; another release has other audits. */
const VERSION = "1.32.0";

/** One finding, as `--format json` says it; only what tests look at. */
export interface ZizmorFinding {
  /** Name of the audit, as in docs.zizmor.sh/audits. */
  ident: string;
  locations: { symbolic: { key: { Local?: { verbatim_path: string } } } }[];
}

/** @throws Error where it cannot be fetched: an audit that did not happen is none that was passed. */
function zizmor(): string {
  const folder = join(cacheFolder(), `zizmor-${VERSION}`);
  const path = join(folder, "bin/zizmor");
  if (existsSync(path)) return path;
  const work = mkdtempSync(`${folder}-`);
  try {
    const args = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", work, `zizmor==${VERSION}`];
    execFileSync("python3", args, { stdio: "pipe" });
    // Several test files may fetch at once: the folder appears complete or not at all.
    if (!existsSync(folder)) renameSync(work, folder);
    return path;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    throw new Error(`zizmor ${VERSION} comes from PyPI, by python3 and pip: ${said.split("\n").at(-1)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Everything that zizmor says about files, at its strictest and without a network. */
export function audit(files: readonly string[]): ZizmorFinding[] {
  const args = [
    "--offline",
    "--no-config",
    "--persona",
    "auditor",
    "--no-exit-codes",
    "--format",
    "json",
    ...files,
  ];
  const answer = execFileSync(zizmor(), args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  return JSON.parse(answer) as ZizmorFinding[];
}
