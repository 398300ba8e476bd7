import type pg from "pg";
import type { HistorySql } from "./history.ts";

/** What each table looks like: schema-qualified name to a hash of its definition. */
export type Fingerprint = Record<string, string>;

/** A fingerprint as it is kept in the audit trail. */
export interface KeptFingerprint {
  /** Major version of the server: the wording of definitions differs between them. */
  server: number;
  /** The tables that migrations made or changed. Tables of other tools are none of ours. */
  tables: Fingerprint;
}

/**
 * The tables that look other than the last run left them, by name, with what happened; empty when nobody touched
 * them, and when nothing can be said (no fingerprint yet, a run was killed before it took one, or the server was upgraded).
 */
export async function alteredTables(client: pg.Client, sql: HistorySql): Promise<string[]> {
  const { kept, current } = await readKept(client, sql);
  if (!kept || !current) return [];
  const found = await takeFingerprint(client);
  if (found.server !== kept.server) return [];
  return Object.entries(kept.tables)
    .filter(([table, hash]) => found.tables[table] !== hash)
    .map(([table]) => (found.tables[table] ? `${table} (altered)` : `${table} (dropped)`))
    .sort();
}

/**
 * What to keep after a run. A table that the run changed is expected to look as it does now; one that it did not
 * touch is expected to look as it was expected to before, so that a change by hand stays visible.
 */
export function expectedAfter(
  { kept, current }: LastFingerprint,
  before: KeptFingerprint,
  after: KeptFingerprint,
): KeptFingerprint {
  const comparable = current && kept?.server === after.server;
  const tables: Fingerprint = {};
  for (const name of new Set([...Object.keys(kept?.tables ?? {}), ...Object.keys(after.tables)])) {
    const is = after.tables[name];
    const untouched = before.tables[name] === is;
    const known = kept?.tables[name];
    const expected = untouched ? known && (comparable ? known : is) : is;
    if (expected) tables[name] = expected;
  }
  return { server: after.server, tables };
}

/** The last fingerprint of the audit trail; it is not current when a run was killed after it. */
export interface LastFingerprint {
  kept: KeptFingerprint | undefined;
  current: boolean;
}

export async function readKept(client: pg.Client, sql: HistorySql): Promise<LastFingerprint> {
  const result = await client.query<{ detail: string; current: boolean }>(
    `SELECT detail, NOT EXISTS (SELECT FROM ${sql.log} later WHERE later.id > log.id AND later.event IN ('applied', 'started')) AS current
     FROM ${sql.log} log WHERE event = 'schema' ORDER BY id DESC LIMIT 1`,
  );
  const row = result.rows[0];
  return row
    ? { kept: JSON.parse(row.detail) as KeptFingerprint, current: row.current }
    : { kept: undefined, current: false };
}

/** Reads the catalogue; the search path decides how definitions are worded, so it is fixed for this. */
export async function takeFingerprint(client: pg.Client): Promise<KeptFingerprint> {
  const results = (await client.query(
    `BEGIN; SET LOCAL search_path = pg_catalog; ${CATALOGUE}; COMMIT`,
  )) as unknown as pg.QueryResult<{ name: string; hash: string; server: number }>[];
  const rows = results[2]!.rows;
  return {
    server: rows[0]?.server ?? 0,
    tables: Object.fromEntries(rows.filter((row) => row.name !== null).map((row) => [row.name, row.hash])),
  };
}

/** Columns, constraints, indexes, triggers, policies and options of each table and view that no extension owns. */
const CATALOGUE = `
WITH relation AS (
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
),
part AS (
  SELECT a.attrelid AS oid, 'column ' || concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)) AS text
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT conrelid, concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid)) FROM pg_constraint WHERE contype <> 'n'
  UNION ALL
  SELECT indrelid, concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid) FROM pg_index
  UNION ALL
  SELECT tgrelid, concat_ws(' ', 'trigger', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT polrelid, concat_ws(' ', 'policy', polname, polcmd, polpermissive,
      (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (polroles)),
      pg_get_expr(polqual, polrelid), '/', pg_get_expr(polwithcheck, polrelid))
  FROM pg_policy
  UNION ALL
  SELECT oid, concat_ws(' ', 'view', pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
)
SELECT current_setting('server_version_num')::int / 10000 AS server, r.name, encode(sha256(convert_to(concat_ws(E'\\n',
    r.relkind, r.relrowsecurity, r.relforcerowsecurity, r.reloptions::text,
    (SELECT string_agg(p.text, E'\\n' ORDER BY p.text COLLATE "C") FROM part p WHERE p.oid = r.oid)), 'UTF8')), 'hex') AS hash
FROM (SELECT) one
LEFT JOIN relation r ON true
ORDER BY r.name`;
