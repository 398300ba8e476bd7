import pg from "pg";
import { gt, satisfies, valid } from "semver";
import metadata from "../../package.json" with { type: "json" };
import { MigrationError, shellWord } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { operator } from "./operator.ts";
import { checkShape, HISTORY_COLUMNS } from "./shape.ts";

/** Where the history is kept. */
export interface HistoryTable {
  /** Created if it does not exist. */
  schema: string;
  /** A second table, `<table>_log`, holds the audit trail. */
  table: string;
}

/** Default place of the history: the specification's `schema_migrations`, in the schema that every database has. */
export const DEFAULT_HISTORY: HistoryTable = { schema: "public", table: "schema_migrations" };

/** One row of the history table: one file that was applied, or is applied in part. */
export interface HistoryRow {
  name: string;
  version: bigint;
  checksum: string;
  appliedAt: Date;
  appliedBy: string;
  /** Milliseconds, undefined while the file is applied in part. */
  durationMs: number | undefined;
  statementsTotal: number;
  statementsApplied: number;
  /** SHA-256 of the statements that are applied, of a file that is applied in part. */
  progressChecksum: string | undefined;
  toolVersion: string;
}

/** What the audit trail says about a file: the checksum under which this engine applied it. */
export interface Evidence {
  name: string;
  version: bigint;
  checksum: string;
}

/** The history as one consistent reading. */
export interface History {
  exists: boolean;
  /** In the order in which they were applied. */
  rows: HistoryRow[];
  /** By file name. Rows and trail are written in one transaction, so a difference was made by hand. */
  evidence: Map<string, Evidence>;
}

/** What happened to a file, failures too, or to the whole database. */
export type LogEvent =
  | "started"
  | "applied"
  | "failed"
  /** Marked as applied without running. */
  | "baselined"
  /** Its row was put back, or removed, as the trail says. */
  | "restored"
  | "removed"
  /** Its checksum, or that of its applied statements, was realigned on purpose. */
  | "edit-accepted"
  | "progress-accepted"
  /** Tables that were changed by hand were accepted as they are. */
  | "tables-accepted";

/** Events after which the trail proves that a file is applied, with this checksum. */
const PROOFS = ["applied", "baselined", "restored", "edit-accepted"];

/** Entries of the trail about the whole database have this in place of a file name. */
export const WHOLE_DATABASE = { name: "*", version: 0n, checksum: "" };

const id = pg.escapeIdentifier;
const literal = pg.escapeLiteral;

/** On Supabase everybody is `postgres`: the person or machine behind the user is what an audit asks for. */
const by = () => `session_user || ${literal(` (${operator()})`)}`;

/** The SQL of the history: every table is named with its schema, because files may change the search path. */
export class HistorySql {
  readonly table: string;
  readonly log: string;
  readonly where: HistoryTable;
  /** What a command that a message names must end with, to mean this history. Empty for the default place. */
  readonly options: string;

  constructor(where: HistoryTable) {
    this.where = where;
    this.table = `${id(where.schema)}.${id(where.table)}`;
    this.log = `${id(where.schema)}.${id(`${where.table}_log`)}`;
    this.options = (["schema", "table"] as const)
      .filter((name) => where[name] !== DEFAULT_HISTORY[name])
      .map((name) => ` --${name} ${shellWord(where[name])}`)
      .join("");
  }

  /**
   * Creates both tables. Supabase publishes every table of `public` through its REST interface, so the roles
   * behind that lose the rights which default privileges gave them.
   */
  create(): string {
    return `
BEGIN;
DO $$
BEGIN
  -- IF NOT EXISTS would ask for the right to make schemas where there is nothing to make.
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${literal(this.where.schema)}) THEN
    CREATE SCHEMA ${id(this.where.schema)};
  END IF;
END $$;
CREATE TABLE IF NOT EXISTS ${this.table} (
  name text PRIMARY KEY,
  version numeric NOT NULL,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL DEFAULT session_user,
  duration_ms integer,
  statements_total integer NOT NULL,
  statements_applied integer NOT NULL,
  progress_checksum text,
  tool_version text NOT NULL
);
CREATE TABLE IF NOT EXISTS ${this.log} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  by text NOT NULL DEFAULT session_user,
  event text NOT NULL,
  name text NOT NULL,
  version numeric NOT NULL,
  checksum text NOT NULL,
  tool_version text NOT NULL,
  detail text
);
DO $$
DECLARE role text;
BEGIN
  FOR role IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE format('REVOKE ALL ON %s, %s FROM %I', ${literal(this.table)}, ${literal(this.log)}, role);
  END LOOP;
END $$;
COMMIT`;
  }

  insert(migration: Migration, total: number): string {
    return `INSERT INTO ${this.table} (name, version, checksum, applied_by, statements_total, statements_applied, tool_version)
 VALUES (${this.key(migration)}, ${by()}, ${total}, 0, ${literal(metadata.version)})`;
  }

  /** Marks a file as applied without running it; one that is applied in part is marked as whole. */
  baseline(migration: Evidence): string {
    return `INSERT INTO ${this.table} (name, version, checksum, applied_by, statements_total, statements_applied, tool_version)
 VALUES (${this.key(migration)}, ${by()}, 0, 0, ${literal(metadata.version)})
 ON CONFLICT (name) DO UPDATE SET checksum = EXCLUDED.checksum, statements_applied = ${this.table}.statements_total,
 progress_checksum = NULL`;
  }

  /** Realigns a checksum with a text that was changed on purpose; of a file applied in part its progress too. */
  acceptEdit(migration: Evidence, progress: string | undefined): string {
    return `UPDATE ${this.table} SET checksum = ${literal(migration.checksum)}${
      progress ? `, progress_checksum = ${literal(progress)}` : ""
    } WHERE name = ${literal(migration.name)}`;
  }

  /** Resuming: the file may have been corrected behind the statements that are applied. */
  resume(migration: Migration, total: number): string {
    return `UPDATE ${this.table} SET checksum = ${literal(migration.checksum)}, statements_total = ${total}
 WHERE name = ${literal(migration.name)}`;
  }

  /** Fails with 22012, as `complete` does, when the file has removed its row: what it did must not stay unrecorded. */
  progress(migration: Migration, applied: number, checksum: string): string {
    return `WITH done AS (
 UPDATE ${this.table} SET statements_applied = ${applied}, progress_checksum = ${literal(checksum)}
 WHERE name = ${literal(migration.name)} RETURNING name
)
SELECT 1 / count(*) FROM done`;
  }

  /**
   * Marks a file as whole, in row and trail; answers its duration, counted from the row's own time, so that it is right
   * for one message and for many. A file that has removed its row (it empties every table, say) fails here with 22012,
   * division by zero, so that its transaction is not kept.
   */
  complete(migration: Migration): string {
    return `WITH done AS (
 UPDATE ${this.table} SET statements_applied = statements_total, progress_checksum = NULL,
 duration_ms = round(extract(epoch FROM clock_timestamp() - applied_at) * 1000)
 WHERE name = ${literal(migration.name)} RETURNING duration_ms
), entry AS (${this.record("applied", migration)})
SELECT 1 / count(*) * max(duration_ms) FROM done`;
  }

  /** Keeps a fingerprint, see `fingerprint.ts`, in place of the last one: only the last is ever read. */
  keepFingerprint(fingerprint: unknown): string {
    return `BEGIN; DELETE FROM ${this.log} WHERE event = 'schema'; ${this.entry("schema", WHOLE_DATABASE, JSON.stringify(fingerprint))}; COMMIT`;
  }

  record(event: LogEvent, entry: Evidence, detail?: string): string {
    return this.entry(event, entry, detail);
  }

  private entry(event: string, entry: Evidence, detail: string | undefined): string {
    return `INSERT INTO ${this.log} (by, event, name, version, checksum, tool_version, detail)
 VALUES (${by()}, ${literal(event)}, ${this.key(entry)}, ${literal(metadata.version)}, ${detail ? literal(detail) : "NULL"})`;
  }

  /** Puts a row back that the audit trail proves. */
  restore(entry: Evidence): string {
    return `INSERT INTO ${this.table}
 (name, version, checksum, applied_at, applied_by, statements_total, statements_applied, tool_version)
 SELECT name, version, checksum, at, by, 0, 0, tool_version FROM ${this.log}
 WHERE event IN (${PROOFS.map(literal).join(", ")}) AND name = ${literal(entry.name)} ORDER BY id DESC LIMIT 1
 ON CONFLICT (name) DO UPDATE SET version = EXCLUDED.version, checksum = EXCLUDED.checksum`;
  }

  remove(name: string): string {
    return `DELETE FROM ${this.table} WHERE name = ${literal(name)}`;
  }

  private key(entry: Evidence): string {
    return `${literal(entry.name)}, ${entry.version}, ${literal(entry.checksum)}`;
  }
}

/**
 * Reads the history: one round trip for the table's shape, one for its content.
 * @throws MigrationError (kind `foreign-table`) when something else has the name of the table or of its trail, and
 *   (kind `history`) when a newer version of this engine wrote it
 */
export async function readHistory(client: pg.Client, sql: HistorySql): Promise<History> {
  const has = await checkShape(client, sql);
  const joined = has.history || has.log ? await readJoined(client, sql, has) : [];
  const rows = joined.filter((row) => row.name !== null).map(toRow);
  refuseNewer(sql, rows);
  return {
    exists: has.history && has.log,
    rows,
    evidence: new Map(
      joined.filter((row) => row.proof !== null).map((row) => [row.proof!.name, toEvidence(row.proof!)]),
    ),
  };
}

/** A newer version may keep what this one does not understand. */
function refuseNewer(sql: HistorySql, rows: readonly HistoryRow[]): void {
  const newer = rows
    .map(({ toolVersion }) => valid(toolVersion))
    .filter((version) => version !== null)
    .find((version) => gt(version, metadata.version) && !satisfies(version, `^${metadata.version}`));
  if (!newer) return;
  throw new MigrationError(
    "history",
    `The history ${sql.table} was written by version ${newer} of kai; this is ${metadata.version}. Update kai (\`git pull\`, \`npm ci\`) and run again. Nothing was changed.`,
  );
}

interface RawRow {
  name: string;
  version: string;
  checksum: string;
  applied_at: Date;
  applied_by: string;
  duration_ms: number | null;
  statements_total: number;
  statements_applied: number;
  progress_checksum: string | null;
  tool_version: string;
  /** Last entry of the audit trail, null when there is none or when it says that the row was removed. */
  proof: { name: string; version: string; checksum: string } | null;
}

/** One statement, so one snapshot: a run that commits meanwhile must not look like a row changed by hand. */
async function readJoined(
  client: pg.Client,
  sql: HistorySql,
  has: { history: boolean; log: boolean },
): Promise<RawRow[]> {
  const rows = has.history
    ? `SELECT ${HISTORY_COLUMNS.join(", ")} FROM ${sql.table}`
    : `SELECT ${HISTORY_COLUMNS.map((column) => `NULL::text AS ${column}`).join(", ")} WHERE false`;
  const proofs = has.log
    ? `SELECT DISTINCT ON (name) name, version::text, checksum, event FROM ${sql.log}
       WHERE event IN (${[...PROOFS, "removed"].map(literal).join(", ")}) ORDER BY name, id DESC`
    : "SELECT NULL::text AS name, NULL::text AS version, NULL::text AS checksum, NULL::text AS event WHERE false";
  const result = await client.query<RawRow>(
    `SELECT h.*, CASE WHEN p.event <> 'removed' THEN
       json_build_object('name', p.name, 'version', p.version, 'checksum', p.checksum) END AS proof
     FROM (${rows}) h FULL JOIN (${proofs}) p ON p.name = h.name
     ORDER BY h.applied_at, h.version, h.name`,
  );
  return result.rows;
}

function toRow(row: RawRow): HistoryRow {
  return {
    name: row.name,
    version: wholeNumber(row.version),
    checksum: row.checksum,
    appliedAt: row.applied_at,
    appliedBy: row.applied_by,
    durationMs: row.duration_ms ?? undefined,
    statementsTotal: row.statements_total,
    statementsApplied: row.statements_applied,
    progressChecksum: row.progress_checksum ?? undefined,
    toolVersion: row.tool_version,
  };
}

function toEvidence({
  name,
  version,
  checksum,
}: {
  name: string;
  version: string;
  checksum: string;
}): Evidence {
  return { name, version: wholeNumber(version), checksum };
}

/** A row that somebody wrote by hand may hold any numeric. */
function wholeNumber(text: string): bigint {
  return BigInt(/^-?\d+/.exec(text)?.[0] ?? 0);
}
