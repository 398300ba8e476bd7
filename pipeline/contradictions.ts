import { UserError } from "../errors.ts";
import type { ContradictionId, Settings } from "../settings.ts";
import {
  type Contradiction,
  type Option,
  type RepositoryFacts,
  rule,
} from "./contradictions/contradiction.ts";
import { historyContradictions } from "./contradictions/history.ts";
import { peopleContradictions } from "./contradictions/people.ts";
import { repositoryContradictions } from "./contradictions/repository.ts";

export {
  type Contradiction,
  LOOKS_ONLY,
  type Option,
  type RepositoryFacts,
} from "./contradictions/contradiction.ts";

/**
 * What the rules contradict, themselves or GitHub, without what `kai:rules.accepts` names. Only the stack that owns the
 * repository has rules.
 * @param facts what is known of the live repository; without one the settings alone are judged
 */
export function contradictions(settings: Settings, facts: RepositoryFacts = {}): Contradiction[] {
  if (!settings.clouds.github || !settings.ownsRepository) return [];
  const { accepts } = settings.rules;
  return [peopleContradictions, historyContradictions, repositoryContradictions]
    .flatMap((find) => find(settings, facts))
    .filter(({ id, severity }) => severity === "refused" || !accepts.includes(id))
    .map((found) => (found.severity === "refused" ? found : withAcceptance(found, accepts)));
}

function withAcceptance(found: Contradiction, accepts: readonly ContradictionId[]): Contradiction {
  const line = `accepts: [${[...accepts, found.id].join(", ")}]`;
  return {
    ...found,
    options: [...found.options, rule(line, "It is meant so; nothing more is said about it.")],
  };
}

/** A contradiction for people: what it is, and a line for each way out. */
export function explain({ id, problem, options }: Contradiction): string {
  return [`${problem} (${id})`, ...options.map((option) => `  - ${describeOption(option)}`)].join("\n");
}

function describeOption({ write, elsewhere, effect }: Option): string {
  if (!write) return `${elsewhere}: ${effect}`;
  return `${write.lines.map((line) => `\`${line}\``).join(" and ")} in ${write.section}: ${effect}`;
}

/**
 * Refuses rules by which nobody could work, or which GitHub does not take.
 * @returns the other contradictions, each explained
 * @throws UserError that explains every one that is no note
 */
export function settledNotes(settings: Settings, facts: RepositoryFacts): string[] {
  const found = contradictions(settings, facts);
  const blocking = found.filter(({ severity }) => severity !== "note");
  if (blocking.length > 0) {
    throw new UserError(
      `The rules of stack ${settings.stack} cannot work (kai:rules, docs/branch-rules.md). Choose a way for each:\n\n${blocking.map(explain).join("\n\n")}`,
    );
  }
  return found.map(explain);
}
