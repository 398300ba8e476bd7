/** Who owns which files (docs.github.com, about-code-owners). */
import { expressionOf } from "./patterns.ts";

/** Where CODEOWNERS may lie, in the order in which GitHub looks. */
export const CODEOWNERS_PLACES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** Owners of each path that has any. @param file text of CODEOWNERS on the base branch (#codeowners-and-branches) */
export function ownersOf(file: string, paths: readonly string[]): string[][] {
  const lines = parse(file);
  return paths
    .map((path) => lines.findLast(({ pattern }) => owns(pattern, path))?.owners ?? [])
    .filter((owners) => owners.length > 0);
}

function parse(file: string): { pattern: string; owners: string[] }[] {
  return file
    .split("\n")
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter(Boolean)
    .map((line) => {
      const [pattern = "", ...owners] = line.split(/\s+/);
      return { pattern, owners };
    });
}

/** Patterns as in .gitignore files, without its exceptions and sets (about-code-owners#codeowners-syntax). */
function owns(pattern: string, path: string): boolean {
  const place = /\/./.test(pattern) ? pattern.replace(/^\//, "") : `**/${pattern}`;
  return new RegExp(`^${expressionOf(place.replace(/\/(\*\*)?$/, ""))}${below(pattern)}$`, "u").test(path);
}

/** What a folder's name matches owns all below it; `docs/*` has the files of docs alone. */
function below(pattern: string): string {
  if (/\/(\*\*)?$/.test(pattern)) return "/.+";
  return pattern.endsWith("/*") ? "" : "(?:/.+)?";
}
