/** Folders of generated migrations: each file makes a table, an index and three rows. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Number and text of each file, from 1. */
export function generated(count: number): { number: string; sql: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index + 1).padStart(5, "0");
    const table = `bench_${number}`;
    const sql = `CREATE TABLE ${table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now());
CREATE INDEX ${table}_name ON ${table} (name);
INSERT INTO ${table} (name) VALUES ('one'), ('two'), ('three');
`;
    return { number, sql };
  });
}

/** Writes such a folder and answers its path. @param name the file's name, from its number */
export function writeFolder(
  directory: string,
  count: number,
  name = (number: string) => `${number}_table_${number}.sql`,
): string {
  mkdirSync(directory, { recursive: true });
  for (const { number, sql } of generated(count)) writeFileSync(join(directory, name(number)), sql);
  return directory;
}
