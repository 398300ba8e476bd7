/**
 * What the rules of a repository demand of whoever changes a branch or tag, one demand at a time, so that two sets of
 * rules can be compared: what the one demands and the other does not would be lost.
 */
import { checkParameters, reviewParameters } from "../decisions/bound.ts";
import { classicRuleOf, covers } from "../decisions/patterns.ts";
import type { BypassActor, ClassicRule, Ruleset } from "../documents.ts";
import type { Present } from "./present.ts";

/** The parts of a repository that its rules are read from. */
export type Rules = Pick<Present, "repository" | "branches" | "rulesets" | "classicRules" | "collaborators">;

/** Somebody whom a rule leaves out: `user:61400233`, `role:admin`, `team:7`. */
interface Exempt {
  who: string;
  /** Left out of merges of pull requests alone. */
  merging: boolean;
}

/** One thing that a rule demands. */
export interface Demand {
  /** What is demanded, for people: `the check "Build"`. Two demands of one kind and value are the same demand. */
  kind: string;
  value?: string;
  /** More is stricter, where there is a measure. */
  level: number;
  exempt: Exempt[];
  /** The rule that it comes from. */
  source: string;
}

/** Something that nobody demands any more. */
export interface Loss {
  /** What it was about: `branch main`, `environment staging`. */
  object: string;
  /** What is no longer demanded, and by what it was. */
  what: string;
}

/** A branch or a tag, in full; patterns of rules stand for the refs that may come. */
type Ref = `refs/${string}` | "~ALL";

/** Every demand of one set of rules that the other does not make, by what it is about. */
export function lostDemands(before: Rules, after: Rules): Loss[] {
  const losses = refsOf(before).flatMap((ref) => {
    const kept = demandsOn(after, ref);
    const isKept = (demand: Demand) => kept.some((other) => coversDemand(other, demand, after));
    return demandsOn(before, ref)
      .filter((demand) => !isKept(demand))
      .map((demand) => ({ object: refName(ref), what: sentence(demand, kept) }));
  });
  const seen = new Set<string>();
  return losses.filter(({ object, what }) => {
    const key = `${object}: ${what}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** The branches that are there, and what rules name beyond them. */
function refsOf({ branches, rulesets, classicRules }: Rules): Ref[] {
  const named = rulesets
    .flatMap(({ conditions }) => conditions.ref_name.include)
    .filter((pattern): pattern is Ref => pattern.startsWith("refs/") || pattern === "~ALL");
  const patterns = [...branches.map(({ name }) => name), ...classicRules.map(({ pattern }) => pattern)];
  return [...new Set([...patterns.map((name): Ref => `refs/heads/${name}`), ...named])];
}

function refName(ref: Ref): string {
  if (ref === "~ALL") return "every branch or tag";
  return ref.startsWith("refs/tags/")
    ? `tag ${ref.slice("refs/tags/".length)}`
    : `branch ${ref.slice("refs/heads/".length)}`;
}

/** What is demanded on a ref. All rulesets add up; of the classic rules one alone holds. */
export function demandsOn(rules: Rules, ref: Ref): Demand[] {
  const own = rules.rulesets.filter(
    (ruleset) => ruleset.enforcement === "active" && isFor(ruleset, ref, rules),
  );
  const branch = ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined;
  const classic = branch === undefined ? undefined : classicOf(rules.classicRules, branch);
  return [...own.flatMap(rulesetDemands), ...(classic ? classicDemands(classic, rules.collaborators) : [])];
}

const isPattern = (name: string) => /[*?[]/.test(name);

/** A pattern stands for refs that nobody knows yet, so only the same pattern is sure to hold for all of them. */
function isFor(ruleset: Ruleset, ref: Ref, { repository }: Rules): boolean {
  const { include, exclude } = ruleset.conditions.ref_name;
  if (ref !== "~ALL" && !isPattern(ref)) return covers(ruleset, ref, repository);
  if (ref !== "~ALL" && ruleset.target !== (ref.startsWith("refs/tags/") ? "tag" : "branch")) return false;
  return exclude.length === 0 && (include.includes(ref) || include.includes("~ALL"));
}

function classicOf(rules: readonly ClassicRule[], branch: string): ClassicRule | undefined {
  if (isPattern(branch)) return rules.find(({ pattern }) => pattern === branch);
  return classicRuleOf({ branch_protection_rules: rules }, branch);
}

type Part = [kind: string, level?: number, value?: string];

function rulesetDemands(ruleset: Ruleset): Demand[] {
  const exempt = (ruleset.bypass_actors ?? []).map(exemptOf);
  return ruleset.rules
    .flatMap(({ type, parameters = {} }) => parts(type, parameters))
    .map((part) => demand(part, exempt, `ruleset ${ruleset.name}`));
}

function demand([kind, level = 1, value]: Part, exempt: Exempt[], source: string): Demand {
  return { kind, level, exempt, source, ...(value !== undefined && { value }) };
}

/** GitHub's ids of the built-in roles are one space (OpenAPI, repository-ruleset-bypass-actor). */
const ROLES: Record<number, string> = { 1: "read", 2: "maintain", 3: "triage", 4: "write", 5: "admin" };

function exemptOf({ actor_type, actor_id, bypass_mode }: BypassActor): Exempt {
  const merging = bypass_mode === "pull_request";
  if (actor_type === "RepositoryRole") return { who: `role:${ROLES[actor_id ?? 0] ?? actor_id}`, merging };
  return { who: `${actor_type.toLowerCase()}:${actor_id}`, merging };
}

/** Rules whose parameters are a measure or a list; of all others the parameters must be the same. */
const PARTS: Record<string, (parameters: Record<string, unknown>) => Part[]> = {
  pull_request: ({ required_approving_review_count: count, allowed_merge_methods: methods, ...flags }) => [
    ["a pull request"],
    ["approvals", Number(count ?? 0)],
    ...(Array.isArray(methods) ? ["merge", "squash", "rebase"] : [])
      .filter((method) => !(methods as string[]).includes(method))
      .map((method): Part => ["no merge by", 1, method]),
    ...Object.entries(flags)
      .filter(([, value]) => !isNothing(value))
      .map(
        ([name, value]): Part => [
          words(name),
          1,
          ...((value === true ? [] : [JSON.stringify(value)]) as [string?]),
        ],
      ),
  ],
  required_status_checks: ({
    required_status_checks: checks,
    strict_required_status_checks_policy: strict,
  }) => [
    ...((checks ?? []) as { context: string; integration_id?: number }[]).map(
      ({ context, integration_id }): Part => ["the check", integration_id ?? 0, context],
    ),
    ...(strict === true ? [["a branch that is up to date"] as Part] : []),
  ],
  required_deployments: ({ required_deployment_environments: environments }) =>
    ((environments ?? []) as string[]).map((name): Part => ["a deployment to", 1, name]),
  update: () => [["that only who may bypass moves it"]],
  deletion: () => [["no deletion"]],
  non_fast_forward: () => [["no force push"]],
  creation: () => [["that only who may bypass creates it"]],
  required_linear_history: () => [["linear history"]],
  required_signatures: () => [["signed commits"]],
};

function parts(type: string, parameters: Record<string, unknown>): Part[] {
  const known = PARTS[type];
  if (known) return known(parameters).filter(([, level]) => level !== 0 || type === "required_status_checks");
  return [[`the rule ${words(type)}`, 1, JSON.stringify(parameters)]];
}

function isNothing(value: unknown): boolean {
  return (
    value === false || value === null || value === undefined || (Array.isArray(value) && value.length === 0)
  );
}

function words(name: string): string {
  return name.replaceAll("_", " ");
}

/** A classic rule in the words of rulesets; administrators are left out unless it is enforced for them. */
function classicDemands(rule: ClassicRule, collaborators: Rules["collaborators"]): Demand[] {
  const ids = new Map(collaborators.map(({ login, id }) => [login.toLowerCase(), id]));
  const people = (logins: readonly string[]) =>
    logins.map((login): Exempt => {
      const id = ids.get(login.toLowerCase());
      return { who: id === undefined ? `actor:${login}` : `user:${id}`, merging: false };
    });
  const all: Exempt[] = rule.isAdminEnforced ? [] : [{ who: "role:admin", merging: false }];
  const source = `classic rule ${rule.pattern}`;
  const from = (type: string, parameters: Record<string, unknown> = {}, exempt: Exempt[] = []) =>
    parts(type, parameters).map((part) => demand(part, [...all, ...exempt], source));
  const managers: Exempt[] = ["admin", "maintain"].map((role) => ({ who: `role:${role}`, merging: false }));
  const pushers = [...managers, ...people(rule.pushAllowances)];
  return [
    ...(rule.allowsDeletions ? [] : from("deletion")),
    ...(rule.allowsForcePushes ? [] : from("non_fast_forward", {}, people(rule.bypassForcePushAllowances))),
    ...(rule.requiresLinearHistory ? from("required_linear_history") : []),
    ...(rule.requiresCommitSignatures ? from("required_signatures") : []),
    ...(rule.lockBranch ? from("update") : []),
    ...(rule.restrictsPushes ? from("update", {}, pushers) : []),
    ...(rule.restrictsPushes && rule.blocksCreations ? from("creation", {}, pushers) : []),
    ...(rule.requiresApprovingReviews
      ? from("pull_request", reviewParameters(rule), people(rule.bypassPullRequestAllowances))
      : []),
    ...(rule.requiresConversationResolution
      ? [demand([words("required_review_thread_resolution")], all, source)]
      : []),
    ...(rule.restrictsReviewDismissals ? [demand(["that only some dismiss reviews"], all, source)] : []),
    ...(rule.requiresStatusChecks ? from("required_status_checks", checkParameters(rule)) : []),
    ...(rule.requiresDeployments
      ? from("required_deployments", {
          required_deployment_environments: rule.requiredDeploymentEnvironments,
        })
      : []),
  ];
}

/** Whether one demand makes the other superfluous: the same, at least as high, and nobody left out who was not before. */
function coversDemand(strong: Demand, weak: Demand, { collaborators }: Rules): boolean {
  if (strong.kind !== weak.kind || strong.value !== weak.value) return false;
  // The level of a check is the app that must report it, and 0 is any: another app's report is another demand.
  const isHigh =
    weak.kind === "the check" ? weak.level === 0 || strong.level === weak.level : strong.level >= weak.level;
  return (
    isHigh && strong.exempt.every((one) => weak.exempt.some((other) => isWithin(one, other, collaborators)))
  );
}

function isWithin(one: Exempt, other: Exempt, collaborators: Rules["collaborators"]): boolean {
  if (other.merging && !one.merging) return false;
  if (one.who === other.who) return true;
  // Owners of an organization administer its repositories.
  if (one.who.startsWith("organizationadmin:")) return other.who === "role:admin";
  const person = collaborators.find(({ id }) => one.who === `user:${id}`);
  return person !== undefined && other.who === `role:${person.role_name}`;
}

function sentence({ kind, value, level, source }: Demand, kept: readonly Demand[]): string {
  const isSame = (other: Demand) => other.kind === kind && other.value === value;
  const quoted = value === undefined ? "" : ` "${value}"`;
  const measured = kind === "approvals" ? `${level} approval(s)` : `${kind}${quoted}`;
  const reason = kept.some(isSame) ? "is demanded of fewer people, or less of it" : "is demanded no more";
  return `${measured} (${source}) ${reason}`;
}
