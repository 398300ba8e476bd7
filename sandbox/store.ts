/** A simulated cloud's memory: one JSON document in a file of the world, written at each change. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

export class Store<T> {
  readonly data: T;
  readonly #file: string;

  /** @param initial the world as it is before anybody did anything */
  constructor(file: string, initial: () => T) {
    this.#file = file;
    this.data = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T) : initial();
  }

  /** Writes the document; a reader never sees a half-written one. */
  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const temporary = `${this.#file}.${process.pid}.tmp`;
    writeFileSync(temporary, JSON.stringify(this.data, null, 1), { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}
