/** What a rule asks for and what helps against its no, in plain words. */
import type { BoundRule } from "../decisions/bound.ts";
import type { RequiredCheck } from "../decisions/checks.ts";
import type { Change } from "../decisions/rules.ts";

type Parameters = Record<string, unknown>;

/** What must be so, by the rule's type. */
const NEEDS: Readonly<Record<string, (parameters: Parameters, change: Change) => string>> = {
  required_status_checks: (parameters, { kind }) => {
    const plural = (parameters.required_status_checks as RequiredCheck[]).length > 1 ? "s" : "";
    const subject = kind === "merge" ? "The head's" : "The commit's";
    const green = `${subject} check${plural} ${checkNames(parameters)} must be green.`;
    const isStrict = kind === "merge" && parameters.strict_required_status_checks_policy === true;
    return isStrict ? `${green} It must contain the newest commit of the branch.` : green;
  },
  non_fast_forward: () => "It must not be a force push.",
  required_linear_history: () => "No merge commit may come with it.",
  required_signatures: () => "Every commit must have a verified signature.",
  required_deployments: (parameters) =>
    `The very commit must be deployed with success to ${list(parameters.required_deployment_environments)}.`,
  pull_request: (parameters) => reviewNeeds(parameters).join(" "),
};

function checkNames({ required_status_checks }: Parameters): string {
  return (required_status_checks as RequiredCheck[]).map(({ context }) => `"${context}"`).join(" and ");
}

function list(names: unknown): string {
  return ((names as string[] | undefined) ?? []).join(" and ");
}

export const CONVERSATIONS = "Every conversation must be resolved.";

function reviewNeeds(parameters: Parameters): string[] {
  const count = Number(parameters.required_approving_review_count ?? 0);
  const needs = [];
  if (count > 0) {
    const people = count === 1 ? "Somebody" : `${count} people`;
    needs.push(`${people} with write access, not the author, must approve, and nobody ask for changes.`);
  }
  if (parameters.require_last_push_approval) {
    needs.push("Somebody other than the last pusher must approve the last push.");
  }
  if (parameters.require_code_owner_review) needs.push("The owners of the changed files must approve.");
  if (parameters.required_review_thread_resolution) needs.push(CONVERSATIONS);
  return needs;
}

/** What must be so for the rule to let the change pass. */
export function needsText({ type, parameters }: BoundRule, change: Change): string {
  return NEEDS[type]?.(parameters, change) ?? `The rule "${type}" must be met.`;
}

/** What would make a yes of a rule's no. */
export function remedyFor(rule: BoundRule, change: Change, login: string): string {
  const { type, parameters } = rule;
  const bypass = bypassRemedy(rule, login);
  if (type === "pull_request" && change.kind === "update") {
    return `Open a pull request, or an administrator can ${bypass}.`;
  }
  if (type === "pull_request") {
    const methods = parameters.allowed_merge_methods as string[] | undefined;
    const isMethod = change.kind === "merge" && methods && !methods.includes(change.method);
    return isMethod ? `Merge by ${methods.join(" or ")}.` : reviewNeeds(parameters).join(" ");
  }
  if (type === "required_status_checks") {
    return `Wait until ${checkNames(parameters)} is green on that commit, or update the branch where it lags behind.`;
  }
  if (type === "required_deployments") {
    return `Deploy the commit to ${list(parameters.required_deployment_environments)} first.`;
  }
  if (type === "required_linear_history" && change.kind === "merge") return "Merge by squash or rebase.";
  if (type === "required_signatures" && change.kind === "merge")
    return "Merge by squash, which GitHub signs.";
  return `An administrator can ${bypass}.`;
}

/** What an administrator can do, to continue "can". */
function bypassRemedy({ origin, ruleset, pattern, type }: BoundRule, login: string): string {
  if (origin === "ruleset") return `put ${login} on the bypass list of ruleset "${ruleset?.name}"`;
  if (type === "push_restriction" || type === "creation") {
    return `let ${login} push in the classic rule "${pattern}"`;
  }
  if (type === "pull_request") return `let ${login} bypass pull requests in the classic rule "${pattern}"`;
  return `change the classic rule "${pattern}"`;
}
