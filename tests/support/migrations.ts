/** Folders of SQL files for tests. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Migration, readMigrations } from "../../database/index.ts";

/** A folder that lives as long as the test. */
export function folder(t: TestContext, files: Record<string, string | Uint8Array>): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-migrations-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  write(directory, files);
  return directory;
}

/** Writes or overwrites files of a folder. */
export function write(directory: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}

/** The migrations of a new folder. */
export function migrationsOf(
  t: TestContext,
  files: Record<string, string | Uint8Array>,
): Promise<Migration[]> {
  return readMigrations(folder(t, files));
}
