/** Reports to tell. */
import type { Finding } from "../../../drift/findings.ts";
import type { DriftReport, ReportedStack } from "../../../drift/report.ts";

/** A finding with everything in it, told apart by a number. */
export function finding(number: number, rest: Partial<Finding> = {}): Finding {
  return {
    urn: `urn:pulumi:staging::kai::github:index/repositoryRuleset:RepositoryRuleset::rules-${number}`,
    type: "github:index/repositoryRuleset:RepositoryRuleset",
    name: `rules-${number}`,
    id: `r-${number}`,
    cloud: "github",
    kind: "changed",
    property: "enforcement",
    wanted: "active",
    found: "disabled",
    replaces: false,
    fingerprint: number.toString(16).padStart(12, "0"),
    class: "protection",
    severity: "high",
    why: "The branch takes changes that the pipeline's rules keep out.",
    ways: { revert: "pulumi up --refresh --stack staging" },
    ...rest,
  };
}

/** A stack with these findings. */
export function stackWith(findings: Finding[], rest: Partial<ReportedStack> = {}): ReportedStack {
  return {
    stack: "staging",
    outcome: findings.length > 0 ? "drifted" : "clean",
    objects: 40,
    findings,
    revert: "pulumi up --refresh --stack staging",
    ...rest,
  };
}

/** The whole document. */
export function reportOf(...stacks: ReportedStack[]): DriftReport {
  const worst = (["drifted", "could-not-check"] as const).find((outcome) =>
    stacks.some((stack) => stack.outcome === outcome),
  );
  return { version: 1, outcome: worst ?? "clean", stacks };
}
