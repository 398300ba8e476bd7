/** A real browser, for pages that people read. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/**
 * Starts the system's Chromium, without a window.
 * @throws where none is installed: a test that cannot look at a page must not pass
 */
export function openBrowser(): Promise<Browser> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const executablePath = folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(isExecutable);
  if (!executablePath) {
    throw new Error(
      "There is no Chromium on PATH, and these tests look at pages in it: apt-get install chromium.",
    );
  }
  // Chromium's own sandbox refuses to start as root, which builds in containers are.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
