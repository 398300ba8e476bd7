import type { Migration } from "../folder/files.ts";
import { parseScript, type Script } from "./statements.ts";

/** So much text, in characters, is kept understood; its parse trees are a few dozen times as large. */
const KEPT_CHARACTERS = 256 * 1024;

/**
 * Files that were understood before the run and are needed again in it: as many as fit, so that a usual folder is
 * parsed once, and one of any size needs the same memory.
 */
export class KeptScripts {
  private readonly scripts = new Map<string, Script>();
  private room = KEPT_CHARACTERS;

  offer(script: Script): void {
    this.room -= script.body.length;
    if (this.room >= 0) this.scripts.set(script.migration.name, script);
  }

  /** The script, kept or understood again; it is not kept any longer. @throws MigrationError */
  async take(file: Migration): Promise<Script> {
    const kept = this.scripts.get(file.name);
    this.scripts.delete(file.name);
    return kept ?? (await parseScript(file));
  }
}
