import { hostname, userInfo } from "node:os";

/** Who runs this, for the audit trail: the person whom GitHub Actions works for, or user and machine. */
export function operator(): string {
  const { GITHUB_ACTIONS, GITHUB_ACTOR, GITHUB_RUN_ID } = process.env;
  if (GITHUB_ACTIONS && GITHUB_ACTOR) return `${GITHUB_ACTOR}, GitHub Actions run ${GITHUB_RUN_ID}`;
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no entry in /etc/passwd.
    return `uid ${process.getuid?.() ?? "?"}`;
  }
}
