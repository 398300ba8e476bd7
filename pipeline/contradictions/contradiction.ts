import type { ContradictionId, Settings } from "../../settings.ts";

/** What is known of the live repository and of the other stacks. What is absent could not be asked, or was not. */
export interface RepositoryFacts {
  /**
   * Everybody with access, with GitHub's name of their role (`admin`, `maintain`, `write`, `triage`, `read`, or what an
   * organization on Enterprise calls a role of its own).
   */
  people?: readonly { login: string; role: string }[];
  /** Whether GitHub offers rules for the repository: it does not for a private one on the Free plan. */
  hasRules?: boolean;
  /** The organization's plan: `free`, `team`, `enterprise`. */
  plan?: string;
  /** Whether there is a CODEOWNERS file on the production branch. */
  hasCodeOwners?: boolean;
  /** The environments that the stacks deploy to, with the branch that each is deployed from. */
  environments?: readonly { name: string; branch: string }[];
  /** Names of checks that have been reported in the repository. */
  reportedChecks?: readonly string[];
}

/**
 * Set by `kai drift`, whose runs change nothing: nobody is asked who has access. Whoever takes a person's access away would
 * else keep the check from looking at anything, since rules by which nobody could work end the program.
 */
export const LOOKS_ONLY = "KAI_LOOKS_ONLY";

/** One way to settle a contradiction. */
export interface Option {
  /** What follows from it: a sentence. */
  effect: string;
  /** What to write, and the section that it is written below. */
  write?: { section: "kai:rules" | "kai:repository" | "kai:environment"; lines: string[] };
  /** Where the repository must change and not the configuration: a command, or the page to do it on. */
  elsewhere?: string;
}

/** Settings that contradict each other, or what GitHub does. */
export interface Contradiction {
  id: ContradictionId;
  /**
   * `note`: it works, but may surprise. `deadlock`: nobody could ever merge, push or deploy; an error unless
   * `kai:rules.accepts` names it. `refused`: GitHub does not take it, so it cannot be accepted.
   */
  severity: "note" | "deadlock" | "refused";
  /** What contradicts what: one or two sentences. */
  problem: string;
  options: Option[];
}

/** The environments that run a commit before the production branch has it, as far as the stacks are known. */
export function earlierEnvironments(
  { branches }: Pick<Settings, "branches">,
  { environments = [] }: RepositoryFacts,
): readonly { name: string; branch: string }[] {
  return environments.filter(({ branch }) => branch !== branches.production);
}

/** Looks for contradictions of one kind. */
export type Finder = (settings: Settings, facts: RepositoryFacts) => Contradiction[];

/** An option that is a line, or several, of `kai:rules`. */
export function rule(lines: string | string[], effect: string): Option {
  return { write: { section: "kai:rules", lines: [lines].flat() }, effect };
}

/** `1 approval`, `2 approvals`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
