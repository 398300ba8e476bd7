/** Tables of the documentation about branch rules. */
import { type Ruleset, wantedRules } from "../../pipeline/rules.ts";
import { branchProtectionScore } from "../../pipeline/scorecard.ts";
import { CONTRADICTIONS, PROFILES } from "../../settings/branch-rules-schema.ts";
import type { Settings } from "../../settings.ts";
import { code, table } from "./markdown.ts";

/** The rulesets that the settings ask for. */
export function rulesetsTable(settings: Settings): string {
  const rows = wantedRules(settings).rulesets.map((ruleset) => [
    `\`${ruleset.name}\``,
    ruleset.includes.map((ref) => `\`${ref}\``).join(", "),
    describeRules(ruleset.rules),
    ruleset.bypassActors
      .map((actor) =>
        actor.actorType === "User" ? `${actor.login} (${actor.mode})` : `administrators (${actor.mode})`,
      )
      .join(", ") || "nobody",
  ]);
  return table(["Ruleset", "Refs", "Rules", "Who may bypass it"], rows);
}

function describeRules(rules: Ruleset["rules"]): string {
  const { pullRequest, requiredStatusChecks, requiredDeployments } = rules;
  return [
    rules.update && "only who may bypass may move the ref",
    rules.creation && "or create it",
    rules.requiredLinearHistory && "linear history",
    rules.requiredSignatures && "signed commits",
    pullRequest && describePullRequest(pullRequest),
    requiredStatusChecks &&
      `check ${requiredStatusChecks.requiredChecks.map(({ context }) => `"${context}"`).join(", ")} of GitHub Actions${requiredStatusChecks.strictRequiredStatusChecksPolicy ? ", up to date" : ""}`,
    requiredDeployments &&
      `deployed to ${requiredDeployments.requiredDeploymentEnvironments.map(code).join(", ")}`,
    rules.deletion && "no deletion",
    rules.nonFastForward && "no force push",
  ]
    .filter(Boolean)
    .join("; ");
}

function describePullRequest(rule: NonNullable<Ruleset["rules"]["pullRequest"]>): string {
  return [
    `a pull request with ${rule.requiredApprovingReviewCount} approval(s)`,
    rule.requireCodeOwnerReview && "of code owners too",
    rule.requireLastPushApproval && "of the last push",
    rule.requiredReviewThreadResolution && "conversations resolved",
    `merged by ${rule.allowedMergeMethods.join(", ")}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The same as classic protection. */
export function classicTable(settings: Settings): string {
  const rows = wantedRules(withRules(settings, { kind: "classic" })).classic.map((rule) => [
    `\`${rule.pattern}\``,
    rule.restrictPushes
      ? rule.restrictPushes.pushAllowances.map((actor) => actor.slice(1)).join(", ")
      : "everybody with write access",
    rule.requiredPullRequestReviews
      ? String(rule.requiredPullRequestReviews.requiredApprovingReviewCount)
      : "none needed",
    rule.requiredStatusChecks
      ? rule.requiredStatusChecks.contexts.map((context) => `"${context}"`).join(", ")
      : "none",
    rule.requiredLinearHistory ? "yes" : "no",
    rule.enforceAdmins ? "no" : "yes",
  ]);
  return table(
    ["Branch", "Who may push", "Approvals", "Checks", "Linear history", "Administrators may bypass"],
    rows,
  );
}

type Profile = keyof typeof PROFILES;

/** The settings of a profile where nothing is written down. */
function ofProfile(settings: Settings, profile: Profile): Settings {
  return withRules(settings, { ...PROFILES[profile], profile });
}

function withRules(settings: Settings, rules: Partial<Settings["rules"]>): Settings {
  return { ...settings, rules: { ...settings.rules, ...rules } };
}

/** The rulesets of the hardened profile. */
export function hardenedTable(settings: Settings): string {
  return rulesetsTable(ofProfile(settings, "hardened"));
}

/** What each profile sets. */
export function profilesTable(): string {
  const keys = Object.keys(PROFILES.specification) as (keyof typeof PROFILES.specification)[];
  const rows = keys.map((key) => [
    `\`${key}\``,
    code(PROFILES.specification[key]),
    code(PROFILES.hardened[key]),
  ]);
  return table(["Setting of `kai:rules`", "`specification`", "`hardened`"], rows);
}

/** What OpenSSF Scorecard gives for each profile and mechanism, and what it misses. */
export function scorecardTable(settings: Settings): string {
  const rows = (Object.keys(PROFILES) as Profile[]).flatMap((profile) =>
    (["rulesets", "classic"] as const).map((kind) => {
      const { score, missing } = branchProtectionScore(withRules(ofProfile(settings, profile), { kind }));
      const reasons = missing.map(({ tier, reason }) => `tier ${tier}: ${reason}`).join("; ");
      return [`\`${profile}\``, `\`${kind}\``, `${score} of 10`, reasons || "nothing"];
    }),
  );
  return table(["Profile", "Kind", "Branch-Protection", "What is missing"], rows);
}

/** What the program finds, by the name that `accepts` takes. */
export function contradictionsTable(): string {
  return table(
    ["Name", "What contradicts what"],
    Object.entries(CONTRADICTIONS).map(([id, words]) => [code(id), words]),
  );
}
