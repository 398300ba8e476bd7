/** Expressions of workflow files, by GitHub's own engine (`@actions/expressions`). */

import type { Expr } from "@actions/expressions/ast";
import * as data from "@actions/expressions/data/index";
import { Evaluator } from "@actions/expressions/evaluator";
import { Lexer } from "@actions/expressions/lexer";
import { Parser } from "@actions/expressions/parser";
import type {
  MappingToken,
  SequenceToken,
  TemplateToken,
} from "@actions/workflow-parser/templates/tokens/index";
import { UserError } from "../errors.ts";

/** What expressions may refer to, by the context's name (docs.github.com, contexts reference), as JSON. */
export type Contexts = Record<string, unknown>;

/** How everything before a job or a step ended: what `success()` and its siblings answer. */
export interface Status {
  success: boolean;
  failure: boolean;
  cancelled: boolean;
  /** What made it so, in a few words; for explanations. */
  because: string;
}

/** Everything that an expression is evaluated with. */
export interface Scope {
  contexts: Contexts;
  status?: Status;
}

const CONTEXTS = [
  "github",
  "env",
  "vars",
  "job",
  "jobs",
  "steps",
  "runner",
  "secrets",
  "strategy",
  "matrix",
  "needs",
  "inputs",
];

/** A parsed expression with what it is evaluated in. */
export interface Parsed {
  tree: Expr;
  evaluate(part: Expr): data.ExpressionData;
}

/** @throws Error for text that is no expression; GitHub's parser has found that before. */
export function parseExpression(text: string, { contexts, status }: Scope): Parsed {
  const functions = [...statusFunctions(status), HASH_FILES];
  const tree = new Parser(new Lexer(text).lex().tokens, CONTEXTS, functions).parse();
  // Only what the text can mean is converted: the table of all events evaluates many thousands of times.
  const named = Object.entries(contexts).filter(([name]) => text.toLowerCase().includes(name));
  const values = new data.Dictionary(...named.map(([key, value]) => ({ key, value: toData(value) })));
  const byName = new Map(functions.map((one) => [one.name.toLowerCase(), one]));
  return { tree, evaluate: (part) => new Evaluator(part, values, byName).evaluate() };
}

/** The value of an expression as JSON. */
export function evaluate(text: string, scope: Scope): unknown {
  const parsed = parseExpression(text, scope);
  return fromData(parsed.evaluate(parsed.tree));
}

/** The value of a part of a workflow: every expression in it replaced. */
export function resolve(token: TemplateToken | undefined, scope: Scope): unknown {
  if (token === undefined) return undefined;
  if ("expression" in token) return evaluate(String(token.expression), scope);
  if ("find" in token) {
    const entries = [...(token as MappingToken)].map(({ key, value }) => {
      if (!key.isLiteral) throw new UserError("This runner does not know the key `insert` in a mapping.");
      return [key.toString(), resolve(value, scope)] as const;
    });
    return Object.fromEntries(entries);
  }
  if ("get" in token) return [...(token as SequenceToken)].map((item) => resolve(item, scope));
  return (token as unknown as { value?: unknown }).value ?? null;
}

/** The value of a part of a workflow where GitHub wants text. */
export function resolveText(token: TemplateToken | undefined, scope: Scope): string | undefined {
  if (token === undefined) return undefined;
  if (!("expression" in token)) return token.toString();
  const parsed = parseExpression(String(token.expression), scope);
  return parsed.evaluate(parsed.tree).coerceString();
}

/** A mapping of names to texts, such as `env:`. */
export function resolveTexts(token: TemplateToken | undefined, scope: Scope): Record<string, string> {
  if (token === undefined) return {};
  if (!("find" in token)) return texts(resolve(token, scope));
  const entries = [...(token as MappingToken)].map(
    ({ key, value }) => [key.toString(), resolveText(value, scope) ?? ""] as const,
  );
  return Object.fromEntries(entries);
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, one]) => [name, String(one ?? "")]));
}

function statusFunctions(status: Status | undefined) {
  const answers = {
    success: status?.success,
    failure: status?.failure,
    cancelled: status?.cancelled,
    always: true,
  };
  return Object.entries(answers).map(([name, answer]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(answer ?? false),
  }));
}

const HASH_FILES = {
  name: "hashFiles",
  minArgs: 1,
  maxArgs: 255,
  call: (): data.ExpressionData => {
    throw new UserError("This runner does not know the function hashFiles.");
  },
};

function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value ?? null), data.reviver) as data.ExpressionData;
}

function fromData(value: data.ExpressionData): unknown {
  return JSON.parse(JSON.stringify(value, data.replacer)) as unknown;
}
