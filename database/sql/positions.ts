/** A place in a text, for people: both count from 1, the column in characters. */
export interface Place {
  line: number;
  column: number;
}

/** Line and column of a string index. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The same for many places of one text, which is searched for line ends once. */
export function placesIn(text: string): (index: number) => Place {
  const starts = [0];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return (index) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (starts[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: [...text.slice(starts[low], index)].length + 1 };
  };
}

/** String index of the n-th character (code point): servers and the parser's errors count characters. */
export function indexOfCharacter(text: string, character: number): number {
  let index = 0;
  for (let seen = 0; seen < character && index < text.length; seen++) {
    index += text.codePointAt(index)! > 0xffff ? 2 : 1;
  }
  return index;
}

/** Number of characters (code points), as the server counts them. */
export function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * Translates byte offsets of the UTF-8 form into string indexes (the parser's statement offsets are bytes).
 * Offsets must come in rising order, so that a file of many statements is walked once.
 */
export function byteToIndex(text: string): (byte: number) => number {
  let atByte = 0;
  let atIndex = 0;
  return (byte) => {
    while (atByte < byte && atIndex < text.length) {
      const point = text.codePointAt(atIndex)!;
      atByte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      atIndex += point > 0xffff ? 2 : 1;
    }
    return atIndex;
  };
}

const LINES_BEFORE = 2;
const LINES_AFTER = 2;
const WIDTH = 160;

/**
 * The lines around a place, numbered, with a caret; passwords in SQL are masked.
 * @param from Index where the statement starts: no line before it is shown.
 * @param to Index where the statement ends: no line after it is shown.
 */
export function excerptAt(text: string, index: number, from = 0, to = text.length): string {
  const lines = maskSecrets(text).split("\n");
  const line = placeOf(text, index).line;
  const first = Math.max(placeOf(text, from).line, line - LINES_BEFORE);
  const last = Math.min(placeOf(text, Math.max(from, to)).line, line + LINES_AFTER);
  const caret = [...maskSecrets(text.slice(0, index)).split("\n").at(-1)!].length;
  const width = String(last).length;
  const out: string[] = [];
  for (let number = first; number <= last; number++) {
    const shown = (lines[number - 1] ?? "").replaceAll("\t", " ").slice(0, WIDTH);
    out.push(`  ${String(number).padStart(width)} | ${shown}`);
    if (number === line && caret < WIDTH) out.push(`  ${" ".repeat(width)} | ${" ".repeat(caret)}^`);
  }
  return out.join("\n");
}

/** `'x'`; `''x''` inside of a literal; `$$x$$`: what may stand behind the word. */
const AFTER_PASSWORD =
  /(\bpassword"?\s*(?:=>?|:=)?\s*e?)(?:('{2,})([^'\n]+)|(')((?:[^']|'')*)|(\$\w*\$)([\s\S]*?)(?=\6))/gi;

/**
 * Masks passwords, which must not reach a log: `PASSWORD 'x'` in every way of quoting (roles, foreign servers),
 * `password=x` (subscriptions), `scheme://user:x@host`.
 */
export function maskSecrets(sql: string): string {
  return sql
    .replace(AFTER_PASSWORD, (_, before: string, ...rest: (string | undefined)[]) => {
      const [open, secret] = [rest[0] ?? rest[2] ?? rest[4], rest[1] ?? rest[3] ?? rest[5]];
      return before + open + hide(secret ?? "");
    })
    .replace(/(\bpassword\s*=\s*)([^\s'"$*>]+)/gi, "$1***")
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:)[^\s@/'"]+(?=@)/gi, "$1***");
}

/** Line ends stay, so that the numbers of the lines behind do. */
function hide(secret: string): string {
  return `***${secret.replace(/[^\n]/g, "")}`;
}
