import type { z } from "zod";
import { exampleOf, notesOf, schemaAt } from "./fields.ts";
import { keyOf } from "./problems.ts";

/** A section that could be read after its wrong values were replaced, and the keys of these. */
export interface Salvaged {
  value: unknown;
  replaced: string[];
}

/**
 * Replaces each wrong value of a section by its field's example, so that the rules over several settings can still
 * look at the rest and a person sees all problems at once. What the rules say about a replaced value is discarded.
 */
export function salvage(
  section: string,
  schema: z.ZodType,
  input: unknown,
  issues: readonly z.core.$ZodIssue[],
): Salvaged {
  const root = { [section]: structuredClone(input) };
  const replaced: string[] = [];
  for (const issue of issues) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) put(root, [section, ...issue.path, key], undefined);
      continue;
    }
    const depth = depthOfExample(schema, issue.path);
    const path = [section, ...issue.path.slice(0, depth)];
    put(root, path, exampleOf(schemaAt(schema, issue.path.slice(0, depth)) ?? schema));
    replaced.push(keyOf(path));
  }
  return { value: root[section], replaced };
}

/** How much of a path leads to the innermost field that has an example. */
function depthOfExample(schema: z.ZodType, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const at = schemaAt(schema, path.slice(0, depth));
    if (at && notesOf(at)?.example !== undefined) return depth;
  }
  return 0;
}

function put(root: Record<PropertyKey, unknown>, path: readonly PropertyKey[], value: unknown): void {
  const last = path.at(-1) as PropertyKey;
  let current: unknown = root;
  for (const step of path.slice(0, -1)) {
    current = (current as Record<PropertyKey, unknown> | undefined)?.[step];
    // An outer value was already replaced: the inner one is gone with it.
    if (current === null || typeof current !== "object") return;
  }
  if (value === undefined) delete (current as Record<PropertyKey, unknown>)[last];
  else (current as Record<PropertyKey, unknown>)[last] = value;
}
