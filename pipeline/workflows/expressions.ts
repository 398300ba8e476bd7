import { ref } from "../branches.ts";
import type { SecretRow } from "../secrets.ts";

/** An expression of GitHub as it stands in a workflow. */
export function expression(text: string): string {
  return `\${{ ${text} }}`;
}

/** Text that reaches the reader as it is, even if it looks like an expression. */
export function literal(text: string): string {
  return text.replaceAll("${{", expression("'${{'"));
}

/** A text as a string of an expression: quotes are doubled. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Reads a secret by name: `${{ secrets.NAME }}`. */
export type ReadSecret = (name: string) => string;

/**
 * The only way to a secret: names that the table does not hold are a mistake of the program, found before any text is
 * rendered.
 */
export function secretReader(table: readonly SecretRow[]): ReadSecret {
  const names = new Set(table.map(({ name }) => name));
  return (name) => {
    if (!names.has(name))
      throw new Error(`The workflow reads ${name}, which pipeline/secrets.ts does not hold.`);
    return expression(`secrets.${name}`);
  };
}

/**
 * Holds on a push to one of the branches, or when somebody starts the workflow on it by hand. The ref alone decides:
 * a choice offered to that person could contradict the ref, and then one of the two would be ignored.
 * @param also further conditions that must hold.
 */
export function onBranches(branches: readonly string[], ...also: string[]): string {
  const refs = branches.map((branch) => `github.ref == ${quoted(ref(branch))}`);
  const events = "github.event_name == 'push' || github.event_name == 'workflow_dispatch'";
  const where = refs.length === 1 ? refs[0] : `(${refs.join(" || ")})`;
  return expression([`(${events})`, where, ...also].join(" && "));
}

/** A branch as a pattern that matches it alone: some characters that git allows in a name mean more in a pattern. */
export function pattern(branch: string): string {
  return branch.replaceAll(/[!+?*[\]\\]/g, "\\$&");
}
