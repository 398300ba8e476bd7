/** HTML in which text stays text: the one place where a page is put together. No I/O. */

const made = Symbol("made here");

/** HTML that `html` made. A string is never taken for it, so what nobody escaped cannot get into a page. */
export interface Html {
  readonly [made]: string;
}

type Part = Html | readonly Html[] | string | number | undefined;

/** Puts parts into HTML: other HTML as it is, everything else as text. An attribute's value stands in double quotes. */
export function html(words: TemplateStringsArray, ...parts: Part[]): Html {
  return { [made]: String.raw({ raw: words }, ...parts.map(shown)) };
}

/** A style sheet of this program, as the content of its element. It must not hold `<`. */
export function styleSheet(css: string): Html {
  if (css.includes("<")) throw new Error("A style sheet with < in it could end its element.");
  return { [made]: css };
}

/** The text of a document. */
export function render(part: Html): string {
  return part[made];
}

function shown(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return made in part ? part[made] : part.map(render).join("");
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Characters that hide or turn text are shown by their number, as in a terminal; lines stay lines. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
    .replaceAll(/(?!\n)\p{C}/gu, (character) => {
      return `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`;
    });
}
