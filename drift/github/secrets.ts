/** Secrets that somebody added, and those that somebody wrote over. No I/O. */
import type { SecretFacts } from "../../github/documents.ts";
import type { Deployed } from "./deployed.ts";
import type { Spots } from "./spots.ts";

/** Seconds from a write of the provider, which waits for GitHub's answer, to the engine's note of it. */
const OWN_WRITE = 10;

/** Names a secret by what the program and GitHub call it alike: GitHub's names have no small letters. */
export function secretName({ inputs }: Deployed): string {
  return String(inputs.secretName).toUpperCase();
}

/**
 * Secrets with another value than the last `up` gave them. GitHub never answers a value, only when it was written; the
 * provider keeps in `updatedAt` when it wrote, which no refresh changes (`remoteUpdatedAt` is the one that moves).
 */
export function compareValues(
  spots: Spots,
  stack: string,
  deployed: readonly Deployed[],
  live: readonly SecretFacts[],
): void {
  for (const secret of deployed) {
    const found = live.find(({ name }) => name === secretName(secret))?.updated_at;
    if (found === undefined || !isOverwritten(secret, found)) continue;
    spots.add(secret, "updatedAt", {
      wanted: String(secret.outputs.updatedAt),
      found,
      remedy: `Somebody wrote another value. This writes the deployed one again: pulumi up --replace '${secret.urn}' --stack ${stack}`,
    });
  }
}

/**
 * Whether a secret was written after the last `up`, also for `kai secrets list`.
 *
 * GitHub may answer the provider with the time of the write before (eventual consistency): a time within the seconds
 * before the engine noted the write is that of the provider's own, unless a refresh has moved the note.
 */
export function isOverwritten({ outputs, modified }: Deployed, found: string): boolean {
  const [ours, live] = [seconds(String(outputs.updatedAt)), seconds(found)];
  if (!(live > ours)) return false;
  const wasRefreshed = outputs.remoteUpdatedAt !== outputs.updatedAt;
  if (wasRefreshed || modified === undefined) return true;
  const age = seconds(modified) - live;
  return age < 0 || age > OWN_WRITE;
}

/** Seconds since 1970 of `2026-08-31T14:00:00Z`, and of the provider's `2026-08-31 14:00:00 +0000 UTC`. */
function seconds(time: string): number {
  const [, date, clock] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/.exec(time) ?? [];
  return Date.parse(`${date}T${clock}Z`) / 1000;
}
