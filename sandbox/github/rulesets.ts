/** Repository rulesets of the simulated GitHub (docs.github.com/rest/repos/rules). */
import type { BypassActor } from "../../github/documents.ts";
import { type GitHub, needRulesPlan, refuse } from "./client.ts";
import { nodeId, now, type RepositoryRecord, type RulesetDocument } from "./store.ts";

/** What `POST` and `PUT …/rulesets` take. */
export type RulesetRequest = Pick<
  RulesetDocument,
  "name" | "target" | "enforcement" | "bypass_actors" | "conditions" | "rules"
>;

/** Most rulesets of one repository (docs.github.com, about-rulesets). */
const MOST_RULESETS = 75;

/** `GET …/rulesets/{id}`, by the id alone as the github plugin keeps it. */
export function findRuleset(
  github: GitHub,
  id: number,
): { record: RepositoryRecord; ruleset: RulesetDocument } | undefined {
  for (const record of Object.values(github.data.repositories)) {
    if (record.repository.owner.login.toLowerCase() !== github.owner.toLowerCase()) continue;
    const ruleset = record.rulesets.find((candidate) => candidate.id === id);
    if (ruleset) return { record, ruleset };
  }
  return undefined;
}

/** `POST /repos/{owner}/{repo}/rulesets` */
export function createRuleset(github: GitHub, name: string, wanted: RulesetRequest): RulesetDocument {
  const request = `POST ${github.path(name)}/rulesets`;
  const record = github.writable(name, request, "administration");
  needRulesPlan(github, record, request);
  if (record.rulesets.length >= MOST_RULESETS) {
    refuse(request, 422, "Validation Failed", [`Repository may have at most ${MOST_RULESETS} rulesets`]);
  }
  refuseWrong(github, record, wanted, request);
  const id = github.nextId();
  const created = now();
  const ruleset: RulesetDocument = {
    id,
    node_id: nodeId("RRS", id),
    source_type: "Repository",
    source: record.repository.full_name,
    ...wanted,
    created_at: created,
    updated_at: created,
  };
  record.rulesets.push(ruleset);
  github.changed(record);
  return ruleset;
}

/** `PUT /repos/{owner}/{repo}/rulesets/{id}` */
export function updateRuleset(github: GitHub, name: string, id: number, wanted: RulesetRequest): void {
  const request = `PUT ${github.path(name)}/rulesets/${id}`;
  const record = github.writable(name, request, "administration");
  needRulesPlan(github, record, request);
  const ruleset =
    record.rulesets.find((candidate) => candidate.id === id) ?? refuse(request, 404, "Not Found");
  refuseWrong(github, record, wanted, request, id);
  Object.assign(ruleset, wanted, { updated_at: now() });
  github.changed(record);
}

/** `DELETE /repos/{owner}/{repo}/rulesets/{id}` */
export function deleteRuleset(github: GitHub, id: number): void {
  const found =
    findRuleset(github, id) ?? refuse(`DELETE ${github.path("")}rulesets/${id}`, 404, "Not Found");
  const { record } = found;
  github.need(`DELETE ${github.path(record.repository.name)}/rulesets/${id}`, "administration");
  record.rulesets = record.rulesets.filter((ruleset) => ruleset.id !== id);
  github.changed(record);
}

function refuseWrong(
  github: GitHub,
  record: RepositoryRecord,
  wanted: RulesetRequest,
  request: string,
  own?: number,
): void {
  const problems: string[] = [];
  // Names are unique within a repository: the API answers 422 to a second one.
  if (record.rulesets.some((other) => other.name === wanted.name && other.id !== own)) {
    problems.push("Name must be unique");
  }
  // `evaluate` needs GitHub Enterprise (OpenAPI, repository-rule-enforcement).
  if (wanted.enforcement === "evaluate" && github.account(github.owner)?.plan.name !== "enterprise") {
    problems.push("Enforcement evaluate option is not supported on this plan");
  }
  const types = wanted.rules.map(({ type }) => type);
  // "Only applies to repositories within an enterprise" (terraform-provider-github, docs/resources/repository_ruleset.md).
  const patterns = types.filter((type) => type.endsWith("_pattern"));
  if (github.account(github.owner)?.plan.name !== "enterprise")
    problems.push(...patterns.map((type) => `Invalid rule '${type}': it is not available on this plan`));
  if (new Set(types).size !== types.length) problems.push("Rules must be unique");
  for (const actor of wanted.bypass_actors) {
    const name = unknownActor(github, record, actor);
    if (name) problems.push(`Actor ${name} must be part of the ruleset source or owner organization`);
  }
  if (problems.length > 0) refuse(request, 422, "Validation Failed", problems);
}

/**
 * An actor that GitHub does not accept, as its message names it (kwami-labs/kwami#73 quotes the sentence for the
 * Actions app, which user-owned repositories refuse: github-ci.md 1.1).
 */
function unknownActor(
  github: GitHub,
  record: RepositoryRecord,
  { actor_id, actor_type }: BypassActor,
): string | undefined {
  const isUserOwned = record.repository.owner.type === "User";
  switch (actor_type) {
    case "User":
      return github.accountById(actor_id ?? 0)?.type === "User" ? undefined : `User ${actor_id}`;
    case "RepositoryRole":
      return [2, 4, 5].includes(actor_id ?? 0) ? undefined : `repository role ${actor_id}`;
    case "OrganizationAdmin":
    case "Team":
      return isUserOwned ? actor_type : undefined;
    case "Integration":
      return isUserOwned ? "GitHub Actions integration" : undefined;
    default:
      return undefined;
  }
}
