/** Everything that refresh cannot see of GitHub, for one stack. No I/O. */
import type { InventoryOf, Part } from "../../github/inventory/inventory.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import type { StackReport } from "../check.ts";
import type { CloudReport } from "../clouds.ts";
import { compareDifferences, type Difference } from "../differences.ts";
import { parsePath } from "../properties.ts";
import type { DeployedGitHub } from "./deployed.ts";
import { compareEnvironments } from "./environments.ts";
import { compareActions, comparePeople, compareRepository } from "./repository.ts";
import { compareRules } from "./rules.ts";
import { compareValues } from "./secrets.ts";
import { type BlindSpots, Spots } from "./spots.ts";

/** What is read of GitHub for it. */
export const PARTS = [
  "environments",
  "rulesets",
  "classicRules",
  "secrets",
  "collaborators",
  "deployKeys",
  "actions",
  "workflows",
  "workflowFiles",
] as const satisfies Part[];

export type Read = InventoryOf<(typeof PARTS)[number]>;

/** What the settings say of what no resource is made of. */
export interface Model {
  /** The login that the production branch belongs to. */
  owner: string;
  /** The workflow files that the model renders. */
  files: readonly WorkflowFile[];
}

/** Compares; what is about the repository as a whole only for the stack that owns it. */
export function blindSpots(stack: string, github: DeployedGitHub, model: Model, inventory: Read): BlindSpots {
  const spots = new Spots();
  const { repository } = github;
  if (repository) {
    compareRepository(spots, repository, inventory);
    comparePeople(spots, repository, model.owner, inventory);
    compareRules(spots, repository, github, inventory);
    compareActions(spots, repository, model.files, inventory);
  }
  if (github.secrets.length > 0) {
    const secrets = spots.see("secrets of the repository", inventory.secrets);
    if (secrets) compareValues(spots, stack, github.secrets, secrets);
    else for (const { urn } of github.secrets) spots.blind({ urn });
  }
  compareEnvironments(spots, stack, github, spots.see("environments", inventory.environments) ?? []);
  return spots.found;
}

/** A stack's report with the blind spots beside what the engine found, each difference once. */
export function withBlindSpots(report: StackReport, { findings, unseen, blinded }: BlindSpots): StackReport {
  const isTrue = (finding: Difference) =>
    !blinded.some(({ urn, property }) => urn === finding.urn && property === rootOf(finding));
  const isEcho = (finding: Difference) =>
    // The engine shows the time of a write by somebody else, and no up changes it: our finding says what does.
    rootOf(finding) === "remoteUpdatedAt" &&
    findings.some(({ urn, property }) => urn === finding.urn && property === "updatedAt");
  const engine = report.findings.filter((finding) => isTrue(finding) && !isEcho(finding));
  const isNew = (finding: Difference) =>
    !engine.some(
      ({ urn, kind, property }) =>
        urn === finding.urn && (kind === "deleted" || rootOf({ property }) === rootOf(finding)),
    );
  const all = [...engine, ...findings.filter(isNew)].toSorted(compareDifferences);
  const outcome = all.length > 0 ? "drifted" : "clean";
  return {
    ...report,
    outcome: report.outcome === "could-not-check" ? report.outcome : outcome,
    findings: all,
    ...(unseen.length > 0 && { unseen }),
  };
}

/** The property of the object in which a finding is; undefined for a whole object. */
function rootOf({ property }: { property?: string | undefined }): string | undefined {
  return property === undefined ? undefined : String(parsePath(property)[0]);
}

/**
 * A stack's report where GitHub could not be asked at all: what the engine found counts, the rest is unknown.
 * @param isHidden whether the repository is not shown to the token. To the engine, everything in it then looks deleted.
 */
export function withoutBlindSpots(report: StackReport, reason: string, isHidden: boolean): StackReport {
  const unseen = [{ what: "what the provider does not see of GitHub", reason }];
  const isTrue = ({ cloud, kind }: Difference) => !(isHidden && cloud === "github" && kind === "deleted");
  const findings = report.findings.filter(isTrue);
  const clouds = report.clouds?.map(
    (one): CloudReport =>
      one.cloud === "github" && one.outcome === "checked"
        ? { cloud: "github", outcome: "could-not-check", reason }
        : one,
  );
  const result = { ...report, findings, ...(clouds && { clouds }) };
  if (findings.length > 0 || report.outcome === "could-not-check") return { ...result, unseen };
  return { ...result, outcome: "could-not-check", reason };
}
