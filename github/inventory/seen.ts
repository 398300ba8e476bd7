/** What a token may not see, told apart from what is absent and from a GitHub in trouble. */
import { type GitHubError, inOneLine } from "../problems.ts";
import type { Seen } from "./inventory.ts";

/** Thrown by a reader that knows beforehand that it would not be shown everything. Its message is the reason. */
export class Unseen extends Error {
  override name = "Unseen";
}

/**
 * Reads a part.
 * @throws what says nothing about rights: the client has made a UserError of it (github/problems.ts)
 */
export async function seen<T>(read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { seen: true, value: await read() };
  } catch (error) {
    return { seen: false, reason: reasonFor(error as GitHubError) };
  }
}

/** Why something may not be seen. @throws what is no refusal */
function reasonFor(error: GitHubError): string {
  if (error instanceof Unseen) return error.message;
  const forbidden = error.errors?.find(({ type }) => type === "FORBIDDEN" || type === "NOT_FOUND");
  if (forbidden) return `GitHub answers: ${inOneLine(forbidden.message)}.`;
  if (error.status !== 403 && error.status !== 404) throw error;
  const { headers = {} } = error.response ?? {};
  const needed = headers["x-accepted-github-permissions"];
  if (/upgrade to|billing plan/i.test(error.message)) {
    return `The plan of the repository's owner does not have this. GitHub answers: ${inOneLine(error.message)}.`;
  }
  if (needed && /not accessible by/i.test(error.message)) {
    return `The token lacks the permission ${permissionNames(String(needed))}.`;
  }
  const missing = missingScope(headers);
  if (missing) return `The token lacks the scope "${missing}".`;
  return `The token's user may not see this. GitHub answers: ${inOneLine(error.message)}.`;
}

/** `administration=read; secrets=read` means either; with a comma, both (troubleshooting-the-rest-api). */
function permissionNames(header: string): string {
  const one = (text: string) => {
    const [name = "", level = "read"] = text.trim().split("=");
    return `"${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("_", " ")}: ${level}"`;
  };
  return header
    .split(";")
    .map((all) => all.split(",").map(one).join(" and "))
    .join(" or ");
}

/** The scope of a classic token that the request accepts and the token has not. */
function missingScope(headers: NonNullable<GitHubError["response"]>["headers"] = {}): string | undefined {
  const list = (name: string) =>
    String(headers[name] ?? "")
      .split(",")
      .map((scope) => scope.trim())
      .filter(Boolean);
  const accepted = list("x-accepted-oauth-scopes");
  const own = list("x-oauth-scopes");
  const isClassic = headers["x-oauth-scopes"] !== undefined;
  return isClassic && !accepted.some((scope) => own.includes(scope)) ? accepted[0] : undefined;
}
