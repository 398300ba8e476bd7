/** Whether the GitHub token ends soon. */
import type { DoctorFacts } from "./facts.ts";
import { type Found, note, warning } from "./finding.ts";

const DAY = 86_400_000;

/** Days before the end in which a credential counts as ending: two weeks leave time to renew it. */
export const SOON = 14;

/** Whole days. @param end milliseconds since 1970; undefined: never */
export function daysUntil(end: number | undefined, now: number): number {
  return end === undefined ? Number.POSITIVE_INFINITY : Math.floor((end - now) / DAY);
}

export function checkTokenExpiry({ token, now }: DoctorFacts): Found[] {
  if (token.expires === undefined) {
    if (token.kind !== "classic") return [];
    return [
      note("GITHUB_TOKEN never expires: a fine-grained one for this repository alone would end by itself."),
    ];
  }
  const days = daysUntil(Date.parse(token.expires), now);
  if (days > SOON) return [];
  return [
    warning(
      `GITHUB_TOKEN expires on ${token.expires.slice(0, 10)}, in ${days} day(s).`,
      "Make a new one (github.com/settings/tokens); `kai secrets rotate KAI_GITHUB_TOKEN` gives the workflows theirs.",
    ),
  ];
}
