import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeProblem } from "../../errors.ts";
import { MigrationError } from "../errors.ts";
import { readText } from "./text.ts";

/** Name of the file that states the order of a folder whose names do not. */
export const ORDER_FILE = "migrations.order.json";

const COMMENT =
  "The order in which kai applies the SQL files of this folder. Written by `kai migrate order`, which appends new files and moves nothing. Commit it.";

/**
 * Reads the stated order of a folder.
 * @returns Names, first one first; undefined when the folder states none.
 * @throws MigrationError (kind `folder`) when the file is not as `writeOrder` writes it.
 */
export function readOrder(directory: string): string[] | undefined {
  const file = path.join(directory, ORDER_FILE);
  if (!existsSync(file)) return undefined;
  const order = parse(readText(file, ORDER_FILE));
  const problems = [...outside(order), ...twice(order)];
  if (problems.length > 0) throw new MigrationError("folder", problems.join(" "), { file: ORDER_FILE });
  return order.map((name) => name.normalize("NFC"));
}

/**
 * Writes the order, a name a line, so that two branches that both add a file conflict in git.
 * @throws MigrationError (kind `folder`) when it cannot be written.
 */
export function writeOrder(directory: string, order: readonly string[]): void {
  const file = path.join(directory, ORDER_FILE);
  try {
    writeFileSync(file, `${JSON.stringify({ $comment: COMMENT, order }, null, 2)}\n`);
  } catch (error) {
    const why = writeProblem(error);
    if (!why) throw error;
    throw new MigrationError("folder", `${file} cannot be written: ${why}.`, {}, { cause: error });
  }
}

/** How folder and order differ: one sentence with its remedy for each kind of difference. */
export function orderProblems(order: readonly string[], names: readonly string[]): string[] {
  const [listed, there] = [new Set(order), new Set(names)];
  const unlisted = names.filter((name) => !listed.has(name)).sort();
  const missing = order.filter((name) => !there.has(name));
  const problems: string[] = [];
  if (unlisted.length > 0) {
    problems.push(
      `not listed in ${ORDER_FILE}: ${unlisted.join(", ")}. Run \`kai migrate order\`, which appends them at the end, and commit the file.`,
    );
  }
  if (missing.length > 0) {
    const shown = missing.map((name) => {
      const similar = names.find((other) => other.toLowerCase() === name.toLowerCase());
      return similar ? `${name} (the folder has ${similar})` : name;
    });
    problems.push(
      `listed in ${ORDER_FILE}, but not there: ${shown.join(", ")}. Restore them from version control; if they were removed on purpose, \`kai migrate order\` takes them out of the list.`,
    );
  }
  return problems;
}

function parse(text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = /^(?:<{7}|={7}|>{7})/m.test(text)
      ? "holds git's conflict marks. Keep the lines of both sides, each name once, in the order that the merged branch is to have"
      : `is not JSON: ${(error as Error).message}. Correct it, or restore it from version control`;
    throw new MigrationError("folder", `${ORDER_FILE} ${why}.`, { file: ORDER_FILE }, { cause: error });
  }
  const order = typeof value === "object" && value !== null && "order" in value ? value.order : undefined;
  if (Array.isArray(order) && order.every((name) => typeof name === "string")) return order;
  throw new MigrationError(
    "folder",
    `${ORDER_FILE} has no list of names. It holds {"order": ["001_a.sql", …]}: correct it, or restore it from version control.`,
    { file: ORDER_FILE },
  );
}

function outside(order: readonly string[]): string[] {
  const wrong = order.filter((name) => {
    const parts = name.split("/");
    return parts.length > 2 || parts.some((part) => /^\.{0,2}$/.test(part) || /\\/.test(part));
  });
  if (wrong.length === 0) return [];
  return [
    `${ORDER_FILE} lists what is not in its folder: ${wrong.map((name) => JSON.stringify(name)).join(", ")}. List each file by its name, or as <folder>/<file>.`,
  ];
}

function twice(order: readonly string[]): string[] {
  const lines = Map.groupBy(order, (name) => name.normalize("NFC"));
  const names = [...lines].filter(([, same]) => same.length > 1).map(([name]) => name);
  if (names.length === 0) return [];
  return [
    `${ORDER_FILE} lists twice: ${names.join(", ")}. Keep the line that stands where databases applied it.`,
  ];
}
