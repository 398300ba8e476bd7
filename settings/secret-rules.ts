import type { Problem } from "./problems.ts";
import type { Draft, StackContext } from "./rules.ts";
import { CONFIGURATION_SECRETS } from "./secrets.ts";

/** A secret that a switched-on cloud needs is set, and none stands in clear text. */
export function secretProblems(
  draft: Draft,
  config: Record<string, unknown>,
  context: StackContext,
): Problem[] {
  return CONFIGURATION_SECRETS.flatMap(({ key, description, neededBy }): Problem[] => {
    const remedy = `pulumi config set --secret kai:${key} --stack ${draft.stack}`;
    if (draft.secrets.has(key)) {
      const inClear = typeof config[key] === "string" && context.isEncrypted?.(key) === false;
      return inClear
        ? [{ key: `kai:${key}`, problem: "stands in clear text in the stack file", remedy }]
        : [];
    }
    if (neededBy === "optional" || draft.clouds === undefined || !draft.clouds[neededBy]) return [];
    return [{ key: `kai:${key}`, problem: `is not set (${description})`, remedy }];
  });
}
