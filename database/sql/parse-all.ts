import { MigrationError } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { parseScript, type Script } from "./statements.ts";

/**
 * Understands files without a database.
 * @throws MigrationError (kind `syntax`) that names the first problem of every file that has one.
 */
export async function parseAll(migrations: readonly Migration[]): Promise<Script[]> {
  const scripts: Script[] = [];
  await forEachScript(migrations, (script) => scripts.push(script));
  return scripts;
}

/**
 * Understands files one after another, so that no more than one of them is in memory.
 * @param visit Called with each file that can be understood.
 * @throws MigrationError (kind `syntax`) at the end, that names the first problem of every file that has one.
 */
export async function forEachScript(
  migrations: readonly Migration[],
  visit: (script: Script) => void,
): Promise<void> {
  const problems: MigrationError[] = [];
  for (const migration of migrations) {
    try {
      visit(await parseScript(migration));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      problems.push(error);
    }
  }
  if (problems.length === 0) return;
  if (problems.length === 1) throw problems[0]!;
  throw new MigrationError(
    "syntax",
    `${problems.length} files cannot be understood:\n${problems.map((problem) => problem.message).join("\n")}`,
    problems[0]!.details,
  );
}
