/** What `kai can` answers. */
import { type OpenId, type OpenQuestion, openQuestion } from "../decisions/open.ts";

export type Action = "push" | "merge" | "delete" | "deploy" | "read-secret";

/** Where a reason comes from. */
export interface Origin {
  kind: "ruleset" | "classic rule" | "role" | "environment" | "pull request" | "repository";
  /** Name of the ruleset or environment, pattern of the classic rule, name of the role. */
  name: string;
  /** Of a ruleset. */
  id?: number;
  /** Where it can be looked at. */
  url?: string;
}

/** One thing that the answer rests on. */
export interface Reason {
  /**
   * `forbids`: enough for a no. `needs`: what must be so when it is done. `unseen`: it could forbid, and the token does not
   * show it. `allows`: not in the way, and why. `note`: good to know.
   */
  verdict: "forbids" | "unseen" | "needs" | "allows" | "note";
  /** One sentence. */
  text: string;
  /** The rule's type, in GitHub's words. */
  rule?: string;
  origin?: Origin;
  /** What would make a yes of it. */
  remedy?: string;
  /** The question of `decisions/open.ts` that it rests on. */
  open?: OpenId;
}

export interface Question {
  /** A login; an app's ends in `[bot]`. */
  user: string;
  action: Action;
  /** A branch, a tag, `#` and the number of a pull request, an environment, or a secret's name. */
  target: string;
}

export interface Answer extends Question {
  /** `yes` may have needs; `cannot say`: nothing that can be seen forbids it, and something cannot be seen. */
  answer: "yes" | "no" | "cannot say";
  /** What decides first. */
  reasons: Reason[];
  /** Of `deploy` and `read-secret`: the refs whose jobs get there. */
  from?: string[];
  /** Questions that GitHub's documentation leaves open and the answer rests on, and what is assumed. */
  open: OpenQuestion[];
}

const ORDER: readonly Reason["verdict"][] = ["forbids", "unseen", "needs", "allows", "note"];

/** The answer that follows from its reasons. */
export function answerOf(question: Question, reasons: readonly Reason[], from?: string[]): Answer {
  const has = (verdict: Reason["verdict"]) => reasons.some((reason) => reason.verdict === verdict);
  const sorted = ORDER.flatMap((verdict) => reasons.filter((reason) => reason.verdict === verdict));
  const ids = [...new Set(sorted.flatMap(({ open }) => open ?? []))];
  return {
    ...question,
    answer: has("forbids") ? "no" : has("unseen") ? "cannot say" : "yes",
    reasons: sorted,
    ...(from && { from }),
    open: ids.map(openQuestion),
  };
}
