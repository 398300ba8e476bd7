import type { Node, RangeVar } from "libpg-query";

/** Types of the parse tree's nodes: `IndexStmt`, `AlterTableStmt` … */
export type NodeType = Node extends infer Each ? (Each extends unknown ? keyof Each : never) : never;

/** What a node of one type holds. */
export type Body<Type extends NodeType> =
  Extract<Node, Record<Type, unknown>> extends Record<Type, infer Held> ? Held : never;

/** Answers for some types of nodes. */
export type ByType<Answer, More extends unknown[] = []> = {
  [Type in NodeType]?: (body: Body<Type>, ...more: More) => Answer;
};

/** The answer for the node's type, or undefined when there is none for it. */
export function answerFor<Answer, More extends unknown[]>(
  answers: ByType<Answer, More>,
  node: Node,
  ...more: More
): Answer | undefined {
  const [type, body] = Object.entries(node)[0] as [NodeType, never];
  return answers[type]?.(body, ...more);
}

/** The bodies of the nodes of one type in a list. */
export function bodies<Type extends NodeType>(nodes: readonly Node[] | undefined, type: Type): Body<Type>[] {
  return (nodes ?? []).flatMap((node) =>
    type in node ? [(node as Record<string, unknown>)[type]] : [],
  ) as Body<Type>[];
}

/** The bodies of all nodes of one type inside a node, itself too, the outer ones first. */
export function nested<Type extends NodeType>(node: unknown, type: Type): Body<Type>[] {
  const found: Body<Type>[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === type) found.push(inner as Body<Type>);
      visit(inner);
    }
  };
  visit(node);
  return found;
}

/**
 * Name of a table, view, index or sequence: `schema.name`, and the name alone for what is in `public`, where almost
 * every unqualified name ends up.
 */
export function nameOf(relation: RangeVar | undefined): string {
  return nameOfWords([relation?.schemaname, relation?.relname]);
}

/** The same for a name that the parser gives as a list. */
export function nameIn(nodes: readonly Node[] | undefined): string {
  return nameOfWords(wordsOf(nodes));
}

/** The same for words. */
export function nameOfWords(words: readonly (string | undefined)[]): string {
  return words.filter((word) => word && word !== "public").join(".");
}

/** The words of a dotted name. */
export function wordsOf(nodes: readonly Node[] | undefined): string[] {
  return bodies(nodes, "String").map(({ sval }) => sval ?? "");
}
