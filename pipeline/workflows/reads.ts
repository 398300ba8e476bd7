import { Lexer, TokenType } from "@actions/expressions/lexer";
import type { Settings } from "../../settings.ts";
import { IMAGES_ENVIRONMENT, inspectionEnvironment, previewEnvironment } from "../names.ts";
import { checkSecrets, type SecretRead, type SecretRow, secretTable } from "../secrets.ts";
import type { Workflow } from "./types.ts";

/** Every `secrets.X` that a workflow's jobs read, once a job. @throws Error for a read whose name is not plain. */
export function readSecrets(workflow: Workflow): SecretRead[] {
  return Object.entries(workflow.jobs).flatMap(([job, content]) => {
    const names = new Set(expressionsOf(content).flatMap((text) => secretNames(text)));
    const environment = content.environment?.name;
    return [...names].map((secret) => ({ job, ...(environment ? { environment } : {}), secret }));
  });
}

/** The expressions in a part of a workflow, without `${{` and `}}`. */
export function expressionsOf(part: unknown): string[] {
  if (typeof part === "string") return [...part.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, text]) => text ?? "");
  if (typeof part !== "object" || part === null) return [];
  return Object.values(part).flatMap(expressionsOf);
}

/** Names after `secrets` in an expression, by GitHub's own tokens, so that a text that says "secrets." is none. */
function secretNames(text: string): string[] {
  const { tokens } = new Lexer(text).lex();
  return tokens.flatMap((token, index) => {
    const isContext =
      token.type === TokenType.IDENTIFIER &&
      token.lexeme.toLowerCase() === "secrets" &&
      tokens[index - 1]?.type !== TokenType.DOT;
    if (!isContext) return [];
    const [access, name] = tokens.slice(index + 1);
    if (access?.type === TokenType.DOT && name?.type === TokenType.IDENTIFIER) return [name.lexeme];
    if (access?.type === TokenType.LEFT_BRACKET && name?.type === TokenType.STRING)
      return [String(name.value)];
    throw new Error(`A workflow reads secrets without naming them: ${text.trim()}`);
  });
}

/**
 * Where the tables of secrets and the workflows disagree: a secret that is read but not provided, provided but not
 * read, or not visible to its reader. One sentence each, with the stack in front.
 */
export function secretProblems(stacks: readonly Settings[], workflows: readonly Workflow[]): string[] {
  const reads = workflows.flatMap(readSecrets);
  const shared = rowsOfAll(stacks, ({ scope }) => scope === "repository");
  const ofStacks = stacks.flatMap((settings) => {
    const { name } = settings.environment;
    const own = [name, inspectionEnvironment(name), previewEnvironment(name)];
    const visible = reads.filter(({ environment }) => environment === undefined || own.includes(environment));
    const table = secretTable(settings).filter(({ environments }) =>
      environments.some((at) => own.includes(at)),
    );
    return checkSecrets([...table, ...shared], visible).map((problem) => `${settings.stack}: ${problem}`);
  });
  const ofImages = checkSecrets(
    rowsOfAll(stacks, ({ environments }) => environments.includes(IMAGES_ENVIRONMENT)),
    reads.filter(({ environment }) => environment === IMAGES_ENVIRONMENT),
  );
  return [...ofStacks, ...ofImages];
}

/** Rows that are the same for all stacks: any stack's job may read them. */
function rowsOfAll(stacks: readonly Settings[], isShared: (row: SecretRow) => boolean): SecretRow[] {
  const rows = new Map<string, SecretRow>();
  for (const row of stacks.flatMap(secretTable).filter(isShared)) {
    const known = rows.get(row.name);
    rows.set(row.name, known ? { ...known, readers: [...known.readers, ...row.readers] } : row);
  }
  return [...rows.values()];
}
