/** What must hold before a commit is promoted. */

/** One environment and the branch that is deployed to it. */
export interface Stage {
  environment: string;
  branch: string;
}

/** What is to be promoted. */
export interface Wish {
  from: Stage;
  to: Stage;
  /** A commit of the first branch, in full or its beginning; undefined: the head. */
  commit?: string;
  /** Names of checks of GitHub Actions that must be green, beside those that the rules on the second branch require. */
  checks: readonly string[];
  /** Name of the job that publishes the images of a commit; undefined: there are none. */
  imagesJob?: string;
  /** The stack that owns the rules, for remedies. */
  stack: string;
}

export interface Condition {
  id: "token" | "fast-forward" | "checks" | "deployment" | "approvals" | "rules" | "images";
  /** `unknown` does not stop a promotion: GitHub itself decides when the branch is moved, or nobody can tell. */
  state: "holds" | "fails" | "unknown";
  /** One sentence. */
  text: string;
  /** What helps against a `fails`. */
  remedy?: string;
}

/** The first letters of a commit, as people quote it. */
export function short(sha: string): string {
  return sha.slice(0, 10);
}

/** "a", "a and b", "a, b and c". */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat("en-GB").format(names);
}
