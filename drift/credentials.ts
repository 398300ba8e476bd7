/** Credentials of the check itself that are about to expire: the next runs would see nothing. No I/O. */
import { cloudOf } from "../engine/urn.ts";
import type { Difference } from "./differences.ts";

/** Days before the end at which people are told. */
const DAYS = 14;

const DAY = 24 * 60 * 60 * 1000;

/**
 * A token that ends soon, as a difference of the provider that uses it.
 * @param provider its provider in the state
 * @param expires in ISO 8601
 */
export function expiring(
  { urn, type, name, id }: Pick<Difference, "urn" | "type" | "name" | "id">,
  expires: string,
  now: Date,
): Difference[] {
  if (Date.parse(expires) - now.getTime() > DAYS * DAY) return [];
  return [
    {
      ...{ urn, type, name, id, cloud: cloudOf(type) },
      kind: "changed",
      property: "token.expires",
      wanted: `at least ${DAYS} days from now`,
      found: expires,
      replaces: false,
      remedy: "Make a new token with the same rights, and put it where the old one is.",
    },
  ];
}
