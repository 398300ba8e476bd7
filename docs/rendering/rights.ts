/** The table of the rights that a GitHub token needs. */
import { describePermissions, USES } from "../../github/doctor/rights.ts";
import { code, table } from "./markdown.ts";

export function rightsTable(): string {
  const rows = USES.map(({ name, permissions, scopes }) => [
    code(name),
    describePermissions(permissions),
    scopes.map(code).join(", "),
  ]);
  return table(["Use", "Fine-grained permissions", "Classic scopes"], rows);
}
