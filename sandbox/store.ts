/** A simulated cloud's memory: one JSON document in a file of the world, written at each change. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../errors.ts";

export class Store<T> {
  readonly data: T;
  readonly #file: string;

  /**
   * @param initial the world as it is before anybody did anything
   * @throws UserError when the file is damaged
   */
  constructor(file: string, initial: () => T) {
    this.#file = file;
    this.data = existsSync(file) ? read<T>(file) : initial();
  }

  /** Writes the document; a reader never sees a half-written one. */
  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const temporary = `${this.#file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.data, null, 1), { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

function read<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (cause) {
    throw new UserError(
      `The sandbox's file ${file} is damaged: ${(cause as Error).message}. Restore it, or forget this world with \`npm run sandbox -- reset\`.`,
      { cause },
    );
  }
}
