/** What makes `gh` speak to the simulated GitHub: it takes every request to a file instead of to github.com. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where `gh` finds its settings, and where the interface must listen for it. */
export interface GhSettings {
  /** The value of GH_CONFIG_DIR. */
  folder: string;
  /** Absent on Windows, where Node serves no such file. */
  socket?: string;
  /** Removes the file's folder. */
  remove(): void;
}

/** @param folder made when absent, below the world's */
export function ghSettings(folder: string): GhSettings {
  mkdirSync(folder, { recursive: true });
  if (process.platform === "win32") return { folder, remove() {} };
  // Not in the world's folder: the system allows such a file about 100 letters for its whole path.
  const place = mkdtempSync(join(tmpdir(), "kai-gh-"));
  const socket = join(place, "github");
  // The setting of gh, see `gh help config`. JSON is YAML, and quotes the path.
  writeFileSync(
    join(folder, "config.yml"),
    `http_unix_socket: ${JSON.stringify(socket)}\nprompt: disabled\n`,
  );
  return { folder, socket, remove: () => rmSync(place, { recursive: true, force: true }) };
}
