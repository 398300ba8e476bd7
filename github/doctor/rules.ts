/** What the rules contradict, and how a scanner would rate them. */
import { contradictions, explain, type RepositoryFacts } from "../../pipeline/contradictions.ts";
import { branchProtectionScore } from "../../pipeline/scorecard.ts";
import type { ContradictionId } from "../../settings.ts";
import type { DoctorFacts } from "./facts.ts";
import { error, type Found, note } from "./finding.ts";

/** What other checks tell, with the command that mends it. */
const TOLD: ReadonlySet<ContradictionId> = new Set<ContradictionId>([
  "owner-without-write",
  "private-without-rules",
  "unreported-check",
]);

/** Rules by which nobody could work are errors; those that may surprise are notes, until `kai:rules.accepts` names them. */
export function checkContradictions(facts: DoctorFacts): Found[] {
  const found = contradictions(facts.owner, repositoryFacts(facts)).filter(({ id }) => !TOLD.has(id));
  return found.map((contradiction) => {
    const [message = "", ...options] = explain(contradiction).split("\n");
    const remedy = ["One of:", ...options].join("\n");
    return contradiction.severity === "note" ? note(message, remedy) : error(message, remedy);
  });
}

function repositoryFacts({ plan, inventory, hasCodeOwners }: DoctorFacts): RepositoryFacts {
  const { collaborators, repository } = inventory;
  return {
    ...(collaborators.seen && {
      people: collaborators.value.map(({ login, role_name }) => ({ login, role: role_name })),
    }),
    ...(hasCodeOwners !== undefined && { hasCodeOwners }),
    ...(plan !== undefined && { plan, hasRules: !repository.private || plan !== "free" }),
  };
}

/** OpenSSF Scorecard's check Branch-Protection, foretold for the rules as configured. */
export function checkScorecard(facts: DoctorFacts): Found[] {
  if (!facts.owner.clouds.github) return [];
  const { score, tier, missing } = branchProtectionScore(facts.owner, repositoryFacts(facts));
  const branch = facts.owner.branches.production;
  const message = `OpenSSF Scorecard would give the rules of ${branch} ${score} of 10 (tier ${tier} of 5).`;
  const next = missing.filter((demand) => demand.tier === missing[0]?.tier);
  if (next.length === 0) return [note(message)];
  return [
    note(message, [`For tier ${next[0]?.tier}:`, ...next.map(({ reason }) => `  - ${reason}`)].join("\n")),
  ];
}
