import { stripVTControlCharacters } from "node:util";

/** One line of text that came from outside: a terminal must not obey it. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/\p{Cc}/gu, " ");
}
