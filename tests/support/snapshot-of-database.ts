/** A database's catalogue and rows, to compare before and after what must write nothing. */
import { createHash } from "node:crypto";
import pg from "pg";

/**
 * Hash of every row by table: all tables of the users, and the catalogues in which objects, rights, settings and
 * comments are kept. What the server writes by itself (statistics, vacuum) is left out.
 */
export async function snapshotOf(connectionString: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `SELECT format('%I.%I', nspname, relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE relkind IN ('r', 'm') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'`,
    );
    const names = [...tables.rows.map(({ name }) => name), ...CATALOGUES];
    const snapshot: Record<string, string> = {};
    for (const name of names) {
      const { rows } = await client.query<{ row: string }>(
        `SELECT (to_jsonb(t) - '{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid}'::text[])::text AS row
         FROM ${name} t`,
      );
      const text = rows
        .map(({ row }) => row)
        .sort()
        .join("\n");
      snapshot[name] = createHash("sha256").update(text).digest("hex");
    }
    return snapshot;
  } finally {
    await client.end();
  }
}

const CATALOGUES = [
  "namespace",
  "class",
  "attribute",
  "attrdef",
  "constraint",
  "index",
  "proc",
  "type",
  "enum",
  "trigger",
  "policy",
  "rewrite",
  "description",
  "db_role_setting",
  "sequences",
  "extension",
  "publication",
  "roles",
].map((name) => `pg_catalog.pg_${name}`);
