import { MigrationError } from "../errors.ts";
import type { Migration } from "./files.ts";
import { compareParts, numberOf } from "./names.ts";
import { entryOf } from "./sequence.ts";

/**
 * The files up to and with one, in the folder's order.
 * @param to A file's name, or its number in any way of writing it (`5`, `005`, `1.2`).
 * @throws MigrationError (kind `settings`) when no file, or more than one, is meant.
 */
export function upTo(migrations: readonly Migration[], to: string): readonly Migration[] {
  const meant = withNameOrNumber(migrations, to);
  if (meant.length === 1) return migrations.slice(0, migrations.indexOf(meant[0]!) + 1);
  const names = meant.map(({ name }) => name).join(", ");
  throw new MigrationError(
    "settings",
    meant.length > 1
      ? `The number ${to} is that of ${meant.length} files: ${names}. Name the file.`
      : `The folder has no file with the name or number ${to}: ${rangeOf(migrations)}. Name one of its files.`,
  );
}

function withNameOrNumber(migrations: readonly Migration[], to: string): Migration[] {
  const named = migrations.filter(({ name }) => name === to);
  if (named.length > 0) return named;
  const wanted = numberOf(to);
  if (wanted?.text !== to) return [];
  return migrations.filter(({ name }) => {
    const number = entryOf(name).number;
    return number?.scheme === wanted.scheme && compareParts(number?.parts ?? [], wanted.parts) === 0;
  });
}

function rangeOf(migrations: readonly Migration[]): string {
  const [first, last] = [migrations[0], migrations.at(-1)];
  return first && last ? `it goes from ${first.name} to ${last.name}` : "it has no SQL file";
}
