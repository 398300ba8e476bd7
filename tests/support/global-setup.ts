/** Gives one run of the test suite a folder that its test files share, and removes it afterwards. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function globalSetup(): void {
  process.env.KAI_TEST_DIRECTORY = mkdtempSync(join(tmpdir(), "kai-test-"));
}

export function globalTeardown(): void {
  const directory = process.env.KAI_TEST_DIRECTORY;
  if (directory) rmSync(directory, { recursive: true, force: true });
}
