/** Folders of SQL files for tests. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { type Migration, readMigrations } from "../../database/index.ts";

/** A folder that lives as long as the test. */
export function folder(t: TestContext, files: Record<string, string | Uint8Array>): string {
  const directory = mkdtempSync(join(tmpdir(), "kai-migrations-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  write(directory, files);
  return directory;
}

/** Writes or overwrites files of a folder; `a/b.sql` makes the folder `a`. */
export function write(directory: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content);
  }
}

/** The migrations of a new folder. */
export function migrationsOf(
  t: TestContext,
  files: Record<string, string | Uint8Array>,
): Promise<Migration[]> {
  return readMigrations(folder(t, files));
}
