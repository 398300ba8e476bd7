import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** A JSON value as the expression engine holds it. */
function toData(value: unknown): data.ExpressionData {
  return JSON.parse(JSON.stringify(value), data.reviver) as data.ExpressionData;
}

/** How the jobs or steps before ended, as the status functions see them. */
export interface Earlier {
  success: boolean;
  cancelled?: boolean;
}

/**
 * Whether GitHub would run a job or step: its own expression engine on the condition. Without a status function in
 * it, GitHub adds `success()`.
 */
export function wouldRun(condition: string | undefined, github: object, earlier: Earlier): boolean {
  const text = (condition ?? "").replace(/^\$\{\{|\}\}$/g, "").trim();
  const isAware = /\b(success|always|cancelled|failure)\(\)/.test(text);
  const cancelled = earlier.cancelled === true;
  const status: Record<string, boolean> = {
    success: earlier.success && !cancelled,
    failure: !earlier.success && !cancelled,
    cancelled,
    always: true,
  };
  if (!isAware && !status.success) return false;
  if (text === "") return true;
  const functions = Object.entries(status).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const tree = new Parser(new Lexer(text).lex().tokens, ["github"], functions).parse();
  const context = new data.Dictionary({ key: "github", value: toData(github) });
  const result = new Evaluator(tree, context, new Map(functions.map((f) => [f.name, f]))).evaluate();
  return result.coerceString() === "true";
}
