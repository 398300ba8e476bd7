/** Why a condition holds or not: the terms that decide, with the values that they were given. */

import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from "@actions/expressions/ast";
import * as data from "@actions/expressions/data/index";
import { truthy } from "@actions/expressions/result";
import { type Parsed, parseExpression, type Scope } from "./expressions.ts";

/** What a condition came to. */
export interface Verdict {
  holds: boolean;
  /** The deciding terms, such as `github.ref == 'refs/heads/main' (github.ref is 'refs/heads/staging')`. */
  because: string;
}

/** Decides a condition and says by what. */
export function explain(condition: string, scope: Scope): Verdict {
  const parsed = parseExpression(condition, scope);
  const terms = deciding(parsed.tree, parsed).map((term) => describe(term, parsed, scope));
  return { holds: truthy(parsed.evaluate(parsed.tree)), because: [...new Set(terms)].join(" and ") };
}

/** Of `a && b`, what is false decides; of `a || b`, what is true. */
function deciding(part: Expr, parsed: Parsed): Expr[] {
  if (part instanceof Grouping) return deciding(part.group, parsed);
  if (!(part instanceof Logical)) return [part];
  const isAnd = part.operator.lexeme === "&&";
  const decides = part.args.find((argument) => truthy(parsed.evaluate(argument)) !== isAnd);
  return (decides ? [decides] : part.args).flatMap((argument) => deciding(argument, parsed));
}

function describe(term: Expr, parsed: Parsed, { status }: Scope): string {
  if (term instanceof FunctionCall && STATUS.has(term.functionName.lexeme.toLowerCase())) {
    return `${textOf(term)} (${status?.because ?? "nothing ran before"})`;
  }
  // What an equation says of its side needs no repeating where it is true.
  if (term instanceof Binary && term.operator.lexeme === "==" && truthy(parsed.evaluate(term))) {
    return textOf(term);
  }
  const values = readsOf(term).map((read) => `${textOf(read)} is ${valueText(parsed.evaluate(read))}`);
  return values.length === 0 ? textOf(term) : `${textOf(term)} (${[...new Set(values)].join(", ")})`;
}

const STATUS = new Set(["success", "failure", "cancelled"]);

/** The whole `a.b.c` of each context that is read. */
function readsOf(part: Expr): Expr[] {
  if (part instanceof ContextAccess) return [part];
  if (part instanceof IndexAccess) {
    const isNamed = part.index instanceof Literal;
    return isNamed && isPath(part.expr) ? [part] : [...readsOf(part.expr), ...readsOf(part.index)];
  }
  return partsOf(part).flatMap(readsOf);
}

function isPath(part: Expr): boolean {
  if (part instanceof ContextAccess) return true;
  return part instanceof IndexAccess && part.index instanceof Literal && isPath(part.expr);
}

function partsOf(part: Expr): Expr[] {
  if (part instanceof Grouping) return [part.group];
  if (part instanceof Unary) return [part.expr];
  if (part instanceof Binary) return [part.left, part.right];
  if (part instanceof Logical || part instanceof FunctionCall) return part.args;
  return [];
}

/** The expression as people write it. */
function textOf(part: Expr): string {
  if (part instanceof Literal) return valueText(part.literal);
  if (part instanceof ContextAccess) return part.name.lexeme;
  if (part instanceof Grouping) return `(${textOf(part.group)})`;
  if (part instanceof Unary) return `${part.operator.lexeme}${textOf(part.expr)}`;
  if (part instanceof Binary) return `${textOf(part.left)} ${part.operator.lexeme} ${textOf(part.right)}`;
  if (part instanceof Logical) return part.args.map(textOf).join(` ${part.operator.lexeme} `);
  if (part instanceof FunctionCall) return `${part.functionName.lexeme}(${part.args.map(textOf).join(", ")})`;
  if (part instanceof IndexAccess) {
    const { index } = part;
    const name = index instanceof Literal ? index.literal.coerceString() : undefined;
    if (name !== undefined && /^[A-Za-z_][\w-]*$/.test(name)) return `${textOf(part.expr)}.${name}`;
    return `${textOf(part.expr)}[${textOf(index)}]`;
  }
  return "*";
}

function valueText(value: data.ExpressionData): string {
  if (value instanceof data.StringData) return `'${value.value.replaceAll("'", "''")}'`;
  if (value instanceof data.Null) return "null";
  return value.coerceString();
}
