/** The checks of a repository, in the order in which they are told. */
import { checkBypassActors, checkClassicActors, checkNamedPeople } from "./actors.ts";
import { checkTokenExpiry } from "./credentials.ts";
import type { DoctorFacts } from "./facts.ts";
import type { Finding, Found } from "./finding.ts";
import { checkOwner, checkPlan, checkRepository } from "./repository.ts";
import { checkReported } from "./required-checks.ts";
import { checkRights } from "./rights.ts";
import { checkContradictions, checkScorecard } from "./rules.ts";
import { checkProvided, checkUnprovided, checkUnread } from "./secrets.ts";
import { checkDisabled, checkWorkflowFiles } from "./workflow-files.ts";

/** Name → what the facts say. */
const CHECKS: Record<string, (facts: DoctorFacts) => Found[]> = {
  "token-rights": checkRights,
  "token-expiry": checkTokenExpiry,
  owner: checkOwner,
  repository: checkRepository,
  plan: checkPlan,
  people: checkNamedPeople,
  "bypass-actors": checkBypassActors,
  "classic-actors": checkClassicActors,
  "required-checks": checkReported,
  "missing-secrets": checkProvided,
  "unread-secrets": checkUnread,
  "unprovided-secrets": checkUnprovided,
  "workflow-files": checkWorkflowFiles,
  "disabled-workflows": checkDisabled,
  contradictions: checkContradictions,
  scorecard: checkScorecard,
};

export function checkGitHub(facts: DoctorFacts): Finding[] {
  return Object.entries(CHECKS).flatMap(([check, run]) => run(facts).map((found) => ({ check, ...found })));
}
