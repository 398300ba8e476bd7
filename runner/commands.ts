/** What scripts say to the runner: commands in the log, and files (docs.github.com, workflow commands). */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Masks } from "./masks.ts";

/** The log of one step. */
export class Log {
  readonly #masks: Masks;
  readonly #shown: string[] = [];
  readonly #printed: string[] = [];
  #stoppedBy: string | undefined;

  constructor(masks: Masks) {
    this.#masks = masks;
  }

  /** With secrets hidden, as they were known when each line came. */
  get text(): string {
    return this.#shown.join("\n");
  }

  /** As it was printed, without the commands that hide something: GitHub never shows those. */
  get unmasked(): string {
    return this.#printed.join("\n");
  }

  take(line: string): void {
    const [, name, value] = /^\s*::([\w-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
    if (this.#stoppedBy !== undefined) {
      if (name === this.#stoppedBy) this.#stoppedBy = undefined;
    } else if (name === "stop-commands") this.#stoppedBy = value;
    else if (name === "add-mask") {
      this.#masks.add(decoded(value ?? ""));
      return;
    }
    this.#printed.push(line);
    this.#shown.push(this.#masks.apply(line));
  }
}

/** Commands are of one line, so line ends in their values are written as URLs write them. */
function decoded(value: string): string {
  return value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

/** What a step wrote into the files that it was given. */
export interface Written {
  outputs: Record<string, string>;
  env: Record<string, string>;
  path: string[];
  summary: string;
  /** False where a line is neither `name=value` nor the beginning of one of many lines: GitHub fails the step. */
  isWellFormed: boolean;
}

/** The largest summary of a step; a larger one is dropped and an error shown (docs.github.com, workflow commands). */
const LARGEST_SUMMARY = 1024 * 1024;

/** The files of one step. */
export class FileCommands {
  readonly variables: Record<string, string>;

  constructor(folder: string, step: number) {
    const names = {
      GITHUB_OUTPUT: "output",
      GITHUB_ENV: "env",
      GITHUB_PATH: "path",
      GITHUB_STEP_SUMMARY: "summary",
    };
    const paths = Object.entries(names).map(
      ([name, file]) => [name, join(folder, `${file}-${step}`)] as const,
    );
    for (const [, path] of paths) writeFileSync(path, "");
    this.variables = Object.fromEntries(paths);
  }

  read(onProblem: (problem: string) => void): Written {
    const text = (name: string) => readFileSync(this.variables[name] as string, "utf8");
    const outputs = pairs(text("GITHUB_OUTPUT"));
    const env = pairs(text("GITHUB_ENV"));
    for (const { problem } of [outputs, env]) if (problem) onProblem(problem);
    const summary = text("GITHUB_STEP_SUMMARY");
    const isTooLarge = Buffer.byteLength(summary) > LARGEST_SUMMARY;
    if (isTooLarge) onProblem("$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k");
    return {
      outputs: outputs.values,
      env: env.values,
      path: text("GITHUB_PATH")
        .split("\n")
        .filter((line) => line !== ""),
      summary: isTooLarge ? "" : summary,
      isWellFormed: !outputs.problem && !env.problem,
    };
  }
}

/** `name=value`, or `name<<END` with lines up to one that is `END`. */
function pairs(text: string): { values: Record<string, string>; problem?: string } {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === "") continue;
    const [, many, end] = /^([^=]+?)<<(.+)$/.exec(line) ?? [];
    const [, name, value] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (many && end) {
      const length = lines.indexOf(end);
      if (length === -1) return { values, problem: `Invalid value. Matching delimiter not found '${end}'` };
      values[many] = lines
        .splice(0, length + 1)
        .slice(0, -1)
        .join("\n");
    } else if (name) values[name] = value ?? "";
    else return { values, problem: `Invalid format '${line}'` };
  }
  return { values };
}
