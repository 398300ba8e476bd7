/** The project's own files in a folder that a test may change. */
import { appendFileSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { CONFIGURATION_SECRETS } from "../../settings.ts";
import { root } from "../support/world.ts";

export const STACKS = ["production", "staging"];

/** A copy of the project's files in which every secret is set. */
export function copyProject(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-project-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  for (const name of ["Pulumi.yaml", ...STACKS.map((stack) => `Pulumi.${stack}.yaml`)])
    copyFileSync(join(root, name), join(directory, name));
  const secrets = CONFIGURATION_SECRETS.map(({ key }) => `  kai:${key}:\n    secure: v1:AAAA\n`);
  for (const stack of STACKS)
    appendFileSync(join(directory, `Pulumi.${stack}.yaml`), `\n${secrets.join("")}`);
  return directory;
}
