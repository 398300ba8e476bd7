/** Histories of other tools: recognised, never written to, taken over. Tables are as each tool makes them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { FOREIGN_TOOLS } from "../../../database/history/foreign-tools.ts";
import { baseline, MigrationError, migrate, readMigrations, status, trail } from "../../../database/index.ts";
import { folder, migrationsOf } from "../../support/migrations.ts";
import { query, useServer } from "../../support/postgres.ts";

const server = useServer();

interface Case {
  /** What the tool has in the database after two of the files; `{table}` is the table. */
  sql: string;
  /** Three files of that tool's kind, of which the first two are applied. */
  files: [string, string, string];
  /** Text of the files. */
  text?: string;
}

const THREE: Case["files"] = ["001_users.sql", "002_posts.sql", "003_tags.sql"];
const STAMPS: Case["files"] = [
  "20240101000001_users.sql",
  "20240101000002_posts.sql",
  "20240101000003_tags.sql",
];
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const CASES: Record<string, Case> = {
  "golang-migrate": {
    sql: "CREATE TABLE {table} (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO {table} VALUES (2, false)",
    files: ["1_users.up.sql", "2_posts.up.sql", "3_tags.up.sql"],
  },
  supabase: {
    sql: "CREATE TABLE {table} (version text NOT NULL PRIMARY KEY, statements text[], name text); INSERT INTO {table} VALUES ('20240101000001', '{}', 'users'), ('20240101000002', '{}', 'posts')",
    files: STAMPS,
  },
  ecto: {
    sql: "CREATE TABLE {table} (version bigint PRIMARY KEY, inserted_at timestamp); INSERT INTO {table} VALUES (20240101000001, now()), (20240101000002, now())",
    files: STAMPS,
  },
  rails: {
    sql: "CREATE TABLE {table} (version varchar NOT NULL PRIMARY KEY); CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar); INSERT INTO {table} VALUES ('20240101000001'), ('20240101000002')",
    files: STAMPS,
  },
  dbmate: {
    sql: "CREATE TABLE {table} (version varchar(128) PRIMARY KEY); INSERT INTO {table} VALUES ('20240101000001'), ('20240101000002')",
    files: STAMPS,
  },
  flyway: {
    sql: `CREATE TABLE {table} (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL,
      script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
      INSERT INTO {table} VALUES (1, '1', 'users', 'SQL', 'V1__users.sql', 1, 'me', now(), 1, true),
        (2, '2', 'posts', 'SQL', 'V2__posts.sql', 1, 'me', now(), 1, true),
        (3, '3', 'tags', 'SQL', 'V3__tags.sql', 1, 'me', now(), 1, true),
        (4, '3', 'tags', 'UNDO_SQL', 'U3__tags.sql', 1, 'me', now(), 1, true),
        (5, NULL, 'views', 'SQL', 'R__views.sql', 1, 'me', now(), 1, true),
        (6, '4', 'gone', 'SQL', 'V4__gone.sql', 1, 'me', now(), 1, true),
        (7, '4', 'gone', 'DELETE', 'V4__gone.sql', NULL, 'me', now(), 0, true)`,
    files: ["V1__users.sql", "V2__posts.sql", "V3__tags.sql"],
  },
  prisma: {
    sql: `CREATE TABLE {table} (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
      logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);
      INSERT INTO {table} (id, checksum, finished_at, migration_name, rolled_back_at) VALUES ('1', 'x', now(), '20240101000001_users', NULL),
        ('2', 'x', NULL, '20240101000002_posts', now()), ('3', 'x', now(), '20240101000002_posts', NULL)`,
    files: STAMPS,
  },
  "node-pg-migrate": {
    sql: "CREATE TABLE {table} (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL); INSERT INTO {table} (name, run_on) VALUES ('20240101000001_users', now()), ('20240101000002_posts', now())",
    files: STAMPS,
  },
  goose: {
    sql: "CREATE TABLE {table} (id serial PRIMARY KEY, version_id bigint NOT NULL, is_applied boolean NOT NULL, tstamp timestamp DEFAULT now()); INSERT INTO {table} (version_id, is_applied) VALUES (0, true), (1, true), (2, true), (3, true), (3, false)",
    files: THREE,
  },
  "postgres-migrations": {
    sql: "CREATE TABLE {table} (id integer PRIMARY KEY, name varchar(100) UNIQUE NOT NULL, hash varchar(40) NOT NULL, executed_at timestamp DEFAULT now()); INSERT INTO {table} VALUES (0, 'create-migrations-table', 'x'), (1, 'users', 'x'), (2, 'posts', 'x')",
    files: THREE,
  },
  "graphile-migrate": {
    sql: "CREATE TABLE {table} (hash text PRIMARY KEY, previous_hash text, filename text NOT NULL, date timestamptz NOT NULL DEFAULT now()); INSERT INTO {table} VALUES ('a', NULL, '000001-users.sql'), ('b', 'a', '000002-posts.sql')",
    files: ["000001-users.sql", "000002-posts.sql", "000003-tags.sql"],
  },
  drizzle: {
    sql: `CREATE TABLE {table} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint); INSERT INTO {table} (hash) VALUES ('${sha256("SELECT 1; -- 0")}'), ('${sha256("SELECT 1; -- 1")}')`,
    files: ["0000_users.sql", "0001_posts.sql", "0002_tags.sql"],
  },
  knex: {
    sql: "CREATE TABLE {table} (id serial PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz); INSERT INTO {table} (name) VALUES ('20240101000001_users.js'), ('20240101000002_posts.js')",
    files: STAMPS,
  },
  typeorm: {
    sql: `CREATE TABLE {table} (id serial PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL); INSERT INTO {table} (timestamp, name) VALUES (1704067200001, 'Users1704067200001'), (1704067200002, 'Posts1704067200002')`,
    files: ["1704067200001-users.sql", "1704067200002-posts.sql", "1704067200003-tags.sql"],
  },
  sequelize: {
    sql: "CREATE TABLE {table} (name varchar(255) PRIMARY KEY); INSERT INTO {table} VALUES ('20240101000001_users.js'), ('20240101000002_posts.js')",
    files: STAMPS,
  },
  kysely: {
    sql: "CREATE TABLE {table} (name varchar(255) PRIMARY KEY, timestamp varchar(255) NOT NULL); INSERT INTO {table} VALUES ('001_users', 'x'), ('002_posts', 'x')",
    files: THREE,
  },
  postgrator: {
    sql: "CREATE TABLE {table} (version bigint PRIMARY KEY, name text, md5 text, run_at timestamptz); INSERT INTO {table} (version) VALUES (0), (1), (2)",
    files: ["001.do.users.sql", "002.do.posts.sql", "003.do.tags.sql"],
  },
  sqlx: {
    sql: "CREATE TABLE {table} (version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL); INSERT INTO {table} VALUES (20240101000001, 'users', now(), true, '', 1), (20240101000002, 'posts', now(), true, '', 1)",
    files: STAMPS,
  },
  refinery: {
    sql: "CREATE TABLE {table} (version int4 PRIMARY KEY, name varchar(255), applied_on varchar(255), checksum varchar(255)); INSERT INTO {table} VALUES (1, 'users'), (2, 'posts')",
    files: ["V1__users.sql", "V2__posts.sql", "V3__tags.sql"],
  },
  diesel: {
    sql: "CREATE TABLE {table} (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now()); INSERT INTO {table} VALUES ('20240101000001'), ('20240101000002')",
    files: STAMPS,
  },
  atlas: {
    sql: `CREATE TABLE {table} (version varchar PRIMARY KEY, description varchar NOT NULL, type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
      executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text, hash varchar NOT NULL, partial_hashes jsonb, operator_version varchar NOT NULL);
      INSERT INTO {table} VALUES ('.atlas_cloud_identifier', '', 2, 0, 0, now(), 0, NULL, NULL, '', NULL, ''), ('20240101000002', 'posts', 1, 0, 0, now(), 0, NULL, NULL, '', NULL, '')`,
    files: STAMPS,
  },
  liquibase: {
    sql: `CREATE TABLE {table} (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL, dateexecuted timestamp NOT NULL, orderexecuted int NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35));
      INSERT INTO {table} VALUES ('1', 'me', 'db/001_users.sql', now(), 1, 'EXECUTED'), ('2', 'me', 'db/001_users.sql', now(), 2, 'EXECUTED'), ('3', 'me', 'db/002_posts.sql', now(), 3, 'RERAN'), ('4', 'me', 'db/003_tags.sql', now(), 4, 'SKIPPED')`,
    files: THREE,
  },
  sqitch: {
    sql: "CREATE TABLE {table} (change_id text PRIMARY KEY, script_hash text, change text NOT NULL, project text NOT NULL, note text, committed_at timestamptz, committer_name text, committer_email text); INSERT INTO {table} (change_id, change, project) VALUES ('a', 'users', 'p'), ('b', 'posts', 'p')",
    files: THREE,
  },
};

/** Names of tools whose entries are no SQL files. */
const UNREADABLE: Record<string, string> = {
  alembic: "CREATE TABLE {table} (version_num varchar(32) PRIMARY KEY)",
  django:
    "CREATE TABLE {table} (id bigint PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz)",
};

const quoted = ({ schema, table }: { schema: string; table: string }) => `"${schema}"."${table}"`;

test("every tool that is known is tried here", () => {
  assert.deepEqual(
    FOREIGN_TOOLS.map(({ id }) => id).sort(),
    [...Object.keys(CASES), ...Object.keys(UNREADABLE)].sort(),
  );
});

for (const tool of FOREIGN_TOOLS) {
  const found = CASES[tool.id];
  const sql = found?.sql ?? UNREADABLE[tool.id]!;

  test(`${tool.title}: under our table's name it is named and not written to`, async (t) => {
    const connectionString = await server.database();
    await query(connectionString, sql.replaceAll("{table}", "public.schema_migrations"));
    const before = await query(connectionString, "SELECT * FROM schema_migrations");
    const files = await migrationsOf(t, { "001_a.sql": "CREATE TABLE a (id int)" });
    const error = await migrate({ connectionString }, files).catch((error: unknown) => error);
    assert.ok(error instanceof MigrationError);
    assert.equal(error.kind, "foreign-table");
    assert.ok(error.message.includes(`belongs to ${tool.title} (`), error.message);
    assert.match(error.message, /`--table kai_migrations`, or `kai:migrations\.table`/);
    assert.equal(/kai migrate baseline --from/.test(error.message), found !== undefined);
    assert.deepEqual(await query(connectionString, "SELECT * FROM schema_migrations"), before);
    const [there] = await query(
      connectionString,
      "SELECT to_regclass('a') AS a, to_regclass('schema_migrations_log') AS log",
    );
    assert.deepEqual(there, { a: null, log: null });
  });

  if (!found) continue;
  test(`${tool.title}: what it has applied is taken over, the rest runs`, async (t) => {
    const target = { connectionString: await server.database(), table: "kai_migrations" };
    const { connectionString } = target;
    await query(connectionString, `CREATE SCHEMA IF NOT EXISTS ${tool.home.schema}`);
    await query(connectionString, sql.replaceAll("{table}", quoted(tool.home)));
    const directory = folder(
      t,
      Object.fromEntries(found.files.map((name, number) => [name, `SELECT 1; -- ${number}`])),
    );
    const files = await readMigrations(directory);
    const before = await query(connectionString, `SELECT * FROM ${quoted(tool.home)}`);
    await assert.rejects(migrate(target, files), (error: MigrationError) => {
      assert.match(
        error.message,
        new RegExp(
          `has applied 2 of these files .*${found.files[1]}.*baseline --from [^ ]+ --table kai_migrations`,
        ),
      );
      return error.kind === "foreign-table";
    });
    assert.deepEqual(
      (await status(target, files)).problems.map(({ kind, name }) => [kind, name]),
      [["applied-elsewhere", found.files[1]]],
    );
    const dry = await baseline(target, files, { kind: "from", from: tool.id }, { dryRun: true });
    assert.deepEqual(
      [dry.marked, dry.pending, dry.withoutFile],
      [found.files.slice(0, 2), found.files.slice(2), []],
    );
    assert.deepEqual(await trail(target), []);
    const done = await baseline(target, files, {
      kind: "from",
      from: `${tool.home.schema}.${tool.home.table}`,
    });
    assert.deepEqual(done, dry);
    assert.deepEqual((await migrate(target, files)).applied, [found.files[2]]);
    assert.deepEqual(await query(connectionString, `SELECT * FROM ${quoted(tool.home)}`), before);
    const entry = (await trail(target))[0];
    assert.deepEqual(
      [entry?.event, entry?.name, entry?.checksum, entry?.detail?.startsWith("applied by ")],
      ["baselined", found.files[0], files[0]!.checksum, true],
    );
    const again = await baseline(target, files, { kind: "from", from: tool.id });
    assert.deepEqual([again.marked, again.already], [[], found.files.slice(0, 2)]);
  });
}
