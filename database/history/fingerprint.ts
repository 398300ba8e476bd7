import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import { MigrationError } from "../errors.ts";
import type { HistorySql } from "./history.ts";

/** What a table, view, function or type looks like: each of its parts (`column id`) with a hash of its definition. */
export type Parts = Record<string, string>;

/** By schema-qualified name: `public.materials`, `function public.search(text)`, `type public.colour`. */
export type Fingerprint = Record<string, Parts>;

/** A fingerprint as it is kept in the audit trail. */
export interface KeptFingerprint {
  /** Major version of the server: the wording of definitions differs between them. */
  server: number;
  /** What migrations made or changed. Objects of other tools are none of ours. */
  objects: Fingerprint;
}

/**
 * The objects that look other than the last run left them, by name, with what happened:
 * `public.a (altered: column x added)`, `public.b (dropped)`. Empty when nobody touched them, and when nothing can
 * be said (no fingerprint yet, a run was killed before it took one, or the server was upgraded).
 */
export async function alteredTables(client: pg.Client, sql: HistorySql): Promise<string[]> {
  const { kept, current } = await readKept(client, sql);
  if (!kept || !current) return [];
  const found = await takeFingerprint(client);
  if (found.server !== kept.server) return [];
  return Object.entries(kept.objects)
    .map(([name, parts]) => describe(name, parts, found.objects[name]))
    .filter((line) => line !== undefined)
    .sort();
}

const SHOWN_PARTS = 5;

function describe(name: string, was: Parts, is: Parts | undefined): string | undefined {
  if (!is) return `${name} (dropped)`;
  const differences = [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((part) => was[part] !== is[part])
    .map(
      (part) =>
        `${part} ${was[part] === undefined ? "added" : is[part] === undefined ? "dropped" : "changed"}`,
    )
    .sort();
  if (differences.length === 0) return undefined;
  const more = differences.length - SHOWN_PARTS;
  const shown = differences.slice(0, SHOWN_PARTS).join(", ");
  return `${name} (altered: ${shown}${more > 0 ? ` and ${more} more` : ""})`;
}

/**
 * What to keep after a run. An object that the run changed is expected to look as it does now; one that it did not
 * touch is expected to look as it was expected to before, so that a change by hand stays visible.
 */
export function expectedAfter(
  { kept, current }: LastFingerprint,
  before: KeptFingerprint,
  after: KeptFingerprint,
): KeptFingerprint {
  const comparable = current && kept?.server === after.server;
  const objects: Fingerprint = {};
  for (const name of new Set([...Object.keys(kept?.objects ?? {}), ...Object.keys(after.objects)])) {
    const is = after.objects[name];
    const untouched = isDeepStrictEqual(before.objects[name], is);
    const known = kept?.objects[name];
    const expected = untouched ? known && (comparable ? known : is) : is;
    if (expected) objects[name] = expected;
  }
  return { server: after.server, objects };
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
  if (!row) return { kept: undefined, current: false };
  return { kept: JSON.parse(row.detail) as KeptFingerprint, current: row.current };
}

/** Defaults, constraints and views cannot be read while somebody holds their table for himself. */
const LOCK_WAIT_MS = 5_000;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Reads the catalogue; the search path decides how definitions are worded, so it is fixed for this.
 * @throws MigrationError (kind `locked`) naming the session that holds a table for itself longer than this waits
 */
export async function takeFingerprint(client: pg.Client): Promise<KeptFingerprint> {
  try {
    const results = (await client.query(
      `BEGIN; SET LOCAL search_path = pg_catalog; SET LOCAL lock_timeout = ${LOCK_WAIT_MS}; ${CATALOGUE}; COMMIT`,
    )) as unknown as pg.QueryResult<{ objects: Fingerprint; server: number }>[];
    return results[3]!.rows[0]!;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    await client.query("ROLLBACK");
    throw new MigrationError(
      "locked",
      `Whether tables were changed by hand cannot be seen now: ${await holders(client)}. Run again when it is free.`,
      {},
      { cause: error },
    );
  }
}

async function holders(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ line: string }>(
    `SELECT format('process %s (%s) holds a lock on table %s', l.pid, coalesce(a.application_name, '?'), l.relation::regclass) AS line
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p', 'm') LEFT JOIN pg_stat_activity a USING (pid)
     WHERE l.mode = 'AccessExclusiveLock' AND l.granted
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1 LIMIT 3`,
  );
  return rows.map(({ line }) => line).join(", ") || "a session held a lock on a table";
}

/**
 * One row. Tables and views with columns, constraints, indexes, triggers, policies and options; functions and
 * procedures; enumerations, domains and composite types; all that no extension owns. Works from PostgreSQL 13.
 */
const CATALOGUE = `
WITH namespace AS (
  SELECT oid, nspname FROM pg_namespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND nspname !~ '^pg_(toast_)?temp_'
),
owned AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relation AS (
  SELECT c.oid, c.relkind, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
    concat(CASE c.relkind WHEN 'c' THEN 'type ' END, format('%I.%I', n.nspname, c.relname)) AS name
  FROM pg_class c JOIN namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_class'::regclass AND objid = c.oid)
),
part (oid, part, text) AS (
  SELECT a.attrelid, 'column ' || a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull,
      a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT conrelid, 'constraint ' || conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n'
  UNION ALL
  SELECT i.indrelid, 'index ' || c.relname, concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  UNION ALL
  SELECT tgrelid, 'trigger ' || tgname, concat_ws(' ', pg_get_triggerdef(oid), tgenabled)
  FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT polrelid, 'policy ' || polname, concat_ws(' ', polcmd, polpermissive,
      (SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE oid = ANY (polroles)),
      pg_get_expr(polqual, polrelid), '/', pg_get_expr(polwithcheck, polrelid))
  FROM pg_policy
  UNION ALL
  SELECT oid, 'definition', pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
  UNION ALL
  SELECT oid, 'row level security', concat_ws(' ', relrowsecurity, relforcerowsecurity) FROM relation
  UNION ALL
  SELECT oid, 'options', concat_ws(' ', relkind, reloptions::text) FROM relation
),
object (name, part, text) AS (
  SELECT r.name, p.part, p.text FROM relation r JOIN part p USING (oid)
  UNION ALL
  SELECT format('%s %I.%I(%s)', CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, n.nspname, p.proname,
      pg_get_function_identity_arguments(p.oid)), 'definition', pg_get_functiondef(p.oid)
  FROM pg_proc p JOIN namespace n ON n.oid = p.pronamespace
  WHERE p.prokind <> 'a' AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
  UNION ALL
  SELECT format('type %I.%I', n.nspname, t.typname), coalesce('value ' || e.enumlabel, 'definition'),
    concat_ws(' ', e.enumsortorder, CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
      t.typnotnull, t.typdefault, (SELECT string_agg(pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname)
        FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype <> 'n'))
  FROM pg_type t JOIN namespace n ON n.oid = t.typnamespace LEFT JOIN pg_enum e ON e.enumtypid = t.oid
  WHERE t.typtype IN ('e', 'd') AND NOT EXISTS (SELECT FROM owned WHERE classid = 'pg_type'::regclass AND objid = t.oid)
),
hashed AS (
  SELECT name, json_object_agg(part, left(md5(text), 12) ORDER BY part) AS parts FROM object GROUP BY name
)
SELECT current_setting('server_version_num')::int / 10000 AS server,
  coalesce((SELECT json_object_agg(name, parts ORDER BY name) FROM hashed), '{}') AS objects`;
