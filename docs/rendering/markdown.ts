/** Pieces of Markdown. */

/** A table; cells may hold any text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

/** A value as code; nothing for an absent one. */
export function code(value: unknown): string {
  if (value === undefined) return "";
  return `\`${typeof value === "string" ? (value === "" ? '""' : value) : JSON.stringify(value)}\``;
}

/** A document with the text between the two marks of a block replaced. @throws Error when the marks are missing */
export function withBlock(markdown: string, name: string, text: string): string {
  const start = `<!-- ${name}: rendered, do not edit -->`;
  const end = `<!-- end of ${name} -->`;
  const from = markdown.indexOf(start);
  const to = markdown.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the document has no line "${start}" before "${end}"`);
  return `${markdown.slice(0, from + start.length)}\n\n${text.trim()}\n\n${markdown.slice(to)}`;
}
