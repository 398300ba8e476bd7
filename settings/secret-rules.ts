import type { Draft, RuleProblem, StackContext } from "./rules.ts";
import { sections } from "./schema.ts";
import { CONFIGURATION_SECRETS } from "./secrets.ts";

/** Every secret that a switched-on cloud needs is set, none stands in clear text, and nothing else is encrypted. */
export function secretProblems(
  draft: Draft,
  config: Record<string, unknown>,
  { isEncrypted }: StackContext,
): RuleProblem[] {
  const problems = CONFIGURATION_SECRETS.flatMap((entry): RuleProblem[] => {
    const { key, description, neededBy } = entry;
    const value = config[key];
    const remedy = `pulumi config set --secret kai:${key} --stack ${draft.stack}`;
    const problem = (text: string) => [{ key: `kai:${key}`, problem: text, remedy }];
    if (!draft.secrets.has(key)) {
      const isRead = !("isForWorkflow" in entry) || draft.clouds?.github === true;
      const isNeeded = neededBy !== "optional" && isRead && draft.clouds?.[neededBy] === true;
      return isNeeded ? problem(`is not set (${description})`) : [];
    }
    if (typeof value !== "string") return [];
    if (isEncrypted?.(key) === false) return problem("stands in clear text in the stack file");
    return value.trim() === value ? [] : problem("begins or ends with white space");
  });
  const encrypted = Object.keys(sections).filter((name) => isEncrypted?.(name));
  return [
    ...problems,
    ...encrypted.map((name) => ({
      key: `kai:${name}`,
      problem: "is encrypted, but it holds plain settings that appear in names and in the workflow",
      remedy: `Write it in clear text in Pulumi.${draft.stack}.yaml, and keep secrets in their own keys.`,
    })),
  ];
}
