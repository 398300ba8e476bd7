/**
 * Tools that undo keep both directions in one file. Here nothing is ever undone, and a file that is run as a whole
 * would undo itself at once: what stands behind the second mark is left out.
 */
const MARKS: readonly { up?: RegExp; down: RegExp }[] = [
  // dbmate
  { up: /^--[ \t]*migrate:up\b/im, down: /^--[ \t]*migrate:down\b/gim },
  // goose, sql-migrate, micrate
  { up: /^--[ \t]*\+\w+[ \t]+up\b/im, down: /^--[ \t]*\+\w+[ \t]+down\b/gim },
  // node-pg-migrate
  { up: /^[ \t]*--[- \t]*up[ \t]+migration/im, down: /^[ \t]*--[- \t]*down[ \t]+migration/gim },
  // Play evolutions
  { up: /^--[- \t]*!ups\b/im, down: /^--[- \t]*!downs\b/gim },
  // rambler
  { up: /^--[ \t]*rambler[ \t]+up\b/im, down: /^--[ \t]*rambler[ \t]+down\b/gim },
  // MyBatis Migrations
  { down: /^--[ \t]*\/\/[ \t]*@undo\b/gim },
  // tern
  { down: /^---- create above \/ drop below ----/gim },
];

/** A part of a text, by string indexes. */
interface Span {
  index: number;
  text: string;
}

/**
 * Finds where the part begins that undoes the migration.
 * @param statements Those of the file, so that a mark inside of a literal or a function's body is none.
 * @returns The index of the mark, or undefined. `reversed` tells that the other part comes behind it.
 */
export function downSection(
  sql: string,
  statements: readonly Span[],
): { index: number; reversed: boolean } | undefined {
  const isOutside = (index: number) =>
    statements.every((one) => index < one.index || index >= one.index + one.text.length);
  for (const { up, down } of MARKS) {
    const index = [...sql.matchAll(down)].map((match) => match.index).find(isOutside);
    if (index === undefined) continue;
    const begins = up ? sql.search(up) : 0;
    if (begins >= 0) return { index, reversed: begins > index };
  }
  return undefined;
}
