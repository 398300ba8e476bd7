/** What the declarations of the AWS resource types share. */
import type { CheckFailure, ResourceContext } from "../provider/declaration.ts";
import { isObject, type Properties, UNKNOWN } from "../provider/values.ts";
import { tagMap } from "./api.ts";
import type { Tag } from "./store.ts";

/** The logical name and seven hexadecimal digits, as pulumi-terraform-bridge names what the program does not name. */
export function autoname(context: ResourceContext, property: string): string {
  return String(context.oldInputs?.[property] ?? `${context.name}-${context.suffix}`);
}

/** The failure of a property whose value is none of the allowed ones; the plugin refuses it in a preview. */
export function oneOf(inputs: Properties, path: string, allowed: string[]): CheckFailure[] {
  return valuesAt(inputs, path.split("."))
    .filter((value) => value !== undefined && value !== UNKNOWN && !allowed.includes(String(value)))
    .map((value) => ({
      property: path,
      reason: `expected ${path} to be one of ${JSON.stringify(allowed)}, got ${value}`,
    }));
}

function valuesAt(value: unknown, path: string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return [value];
  return isObject(value) ? valuesAt(value[key], rest) : [];
}

/** The failure of a policy that is no JSON; the plugin's types check no more. */
export function jsonText(inputs: Properties, property: string): CheckFailure[] {
  const value = inputs[property];
  if (typeof value !== "string" || value === UNKNOWN) return [];
  try {
    JSON.parse(value);
    return [];
  } catch {
    return [{ property, reason: `"${property}" contains an invalid JSON policy` }];
  }
}

/** `tags` and `tagsAll` of a resource. */
export function tagOutputs(tags: Tag[]): Properties {
  return { tags: tagMap(tags), tagsAll: tagMap(tags) };
}

export function tagInputs(inputs: Properties): Record<string, string> | undefined {
  return inputs.tags as Record<string, string> | undefined;
}
