import { mkdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * A folder for what tests fetch once. Programs in it run as other users when the tests run as root, and those may not
 * look into root's home.
 */
export function cacheFolder(): string {
  const base =
    userInfo().uid === 0 ? "/var/cache" : (process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"));
  const folder = join(base, "kai-tests");
  mkdirSync(folder, { recursive: true });
  return folder;
}
