/**
 * The commands of docs/migrations.md, run as they stand: the blocks of a section one after another in one shell, in a
 * folder of its own, against a real server. What a block is followed by as `text` is what it prints.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { migrate, readMigrations } from "../../database/index.ts";
import { noPgBouncer, usePooler } from "../support/pgbouncer.ts";
import { query, useServer } from "../support/postgres.ts";
import { root } from "../support/world.ts";

const server = useServer();
const pooled = usePooler({ mode: "transaction" });
const page = readFileSync(join(root, "docs/migrations.md"), "utf8");

/** What is there before a section begins, by its heading. Sections that are not named continue where the last one ended. */
interface Setting {
  files?: Record<string, string>;
  sql?: string;
  /** The files are applied. */
  applied?: true;
  /** The database is reached through a transaction pooler. */
  pooled?: true;
  /** Databases by the variable that names them; a dead one has no server. */
  variables?: Record<string, "empty" | "dead">;
}

const SQL = "SELECT 1;";
const TABLES = "CREATE TABLE users (id int); CREATE TABLE posts (id int);";
const stamped = (folder: string) => ({
  [`${folder}/20240101000001_users.sql`]: "CREATE TABLE users (id int);",
  [`${folder}/20240101000002_posts.sql`]: "CREATE TABLE posts (id int);",
  [`${folder}/20240101000003_tags.sql`]: "CREATE TABLE tags (id int);",
});

const SETTINGS: Record<string, Setting> = {
  "The first migration": {},
  Rehearsing: {},
  "A database that exists already": {
    files: {
      "migrations/001_users.sql": "CREATE TABLE users (id int);",
      "migrations/002_posts.sql": "CREATE TABLE posts (id int);",
      "migrations/003_tags.sql": "CREATE TABLE tags (id int);",
    },
    sql: TABLES,
  },
  "Supabase's command line": {
    files: stamped("supabase/migrations"),
    sql: `${TABLES} CREATE SCHEMA supabase_migrations;
      CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);
      INSERT INTO supabase_migrations.schema_migrations VALUES ('20231231000000', '{}', 'old'), ('20240101000001', '{}', 'users'), ('20240101000002', '{}', 'posts')`,
  },
  dbmate: {
    files: {
      ...stamped("db/migrations"),
      "db/migrations/20240101000003_tags.sql":
        "-- migrate:up\nCREATE TABLE tags (id int);\n-- migrate:down\nDROP TABLE tags;",
    },
    sql: `${TABLES} CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
      INSERT INTO schema_migrations VALUES ('20240101000001'), ('20240101000002')`,
  },
  "golang-migrate": {
    files: Object.fromEntries(
      ["1_users", "2_posts", "3_tags"].flatMap((name) => [
        [`migrations/${name}.up.sql`, `CREATE TABLE ${name.slice(2)} (id int);`],
        [`migrations/${name}.down.sql`, `DROP TABLE ${name.slice(2)};`],
      ]),
    ),
    sql: `${TABLES} CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL);
      INSERT INTO schema_migrations VALUES (2, false)`,
  },
  Flyway: {
    files: {
      "sql/V1__users.sql": "CREATE TABLE users (id int);",
      "sql/V2__posts.sql": "CREATE TABLE posts (id int);",
      "sql/V3__tags.sql": "CREATE TABLE tags (id int);",
    },
    sql: `${TABLES} CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50), description varchar(200) NOT NULL,
        type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int, installed_by varchar(100) NOT NULL,
        installed_on timestamp NOT NULL DEFAULT now(), execution_time int NOT NULL, success boolean NOT NULL);
      INSERT INTO flyway_schema_history VALUES (1, '1', 'users', 'SQL', 'V1__users.sql', 1, 'me', now(), 1, true),
        (2, '2', 'posts', 'SQL', 'V2__posts.sql', 1, 'me', now(), 1, true)`,
  },
  "node-pg-migrate": {
    files: {
      ...stamped("migrations"),
      "migrations/20240101000003_tags.sql":
        "-- Up Migration\nCREATE TABLE tags (id int);\n-- Down Migration\nDROP TABLE tags;",
    },
    sql: `${TABLES} CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
      INSERT INTO pgmigrations (name, run_on) VALUES ('20240101000001_users', now()), ('20240101000002_posts', now())`,
  },
  Prisma: {
    files: {
      "prisma/migrations/20240101000001_users/migration.sql": "CREATE TABLE users (id int);",
      "prisma/migrations/20240101000002_posts/migration.sql": "CREATE TABLE posts (id int);",
      "prisma/migrations/20240101000003_tags/migration.sql": "CREATE TABLE tags (id int);",
    },
    sql: `${TABLES} CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz,
        migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'x', now(), '20240101000001_users'), ('2', 'x', now(), '20240101000002_posts')`,
  },
  "Many databases": {
    files: { "migrations/001_users.sql": "CREATE TABLE users (id int);", "migrations/002_posts.sql": SQL },
    variables: { DATABASE_URL_BERLIN: "empty", DATABASE_URL_MADRID: "dead", DATABASE_URL_OSLO: "empty" },
  },
  "Which address, and poolers": {
    files: {
      "migrations/001_materials.sql": "CREATE TABLE materials (id int);",
      "migrations/002_index.sql": "CREATE INDEX CONCURRENTLY materials_id ON materials (id);",
    },
    pooled: true,
  },
  "When history and folder disagree": {
    files: {
      "migrations/001_materials.sql": "CREATE TABLE materials (id int);",
      "migrations/002_colours.sql": SQL,
    },
    applied: true,
  },
};

interface Block {
  script: string;
  /** Undefined when the page does not show what it prints; then it must succeed. */
  output?: string;
}

/** Sections with blocks that run, in order. */
function sections(): { title: string; blocks: Block[] }[] {
  return page
    .split(/^#{2,3} /m)
    .slice(1)
    .map((text) => ({
      title: text.split("\n", 1)[0]!,
      blocks: [...text.matchAll(/^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms)].map(
        ([, script = "", output]) => ({ script, ...(output === undefined ? {} : { output }) }),
      ),
    }))
    .filter(({ blocks }) => blocks.length > 0);
}

/** What is different at every run. */
function steady(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replaceAll(/\d+ ms/g, "0 ms")
    .replaceAll(/by postgres \([^)]*\)/g, "by postgres")
    .replaceAll(/kai \d+\.\d+\.\d+/g, "kai 0.0.0")
    .replaceAll(/127\.0\.0\.1:\d+\/\w+/g, "127.0.0.1:5432/app")
    .replaceAll(/\s+$/gm, "");
}

const DEAD = "postgresql://postgres:password@127.0.0.1:1/app";
const temporary: string[] = [];
let bin = "";
let folder = "";
let database = "";

function temporaryFolder(): string {
  const made = mkdtempSync(join(tmpdir(), "kai-docs-"));
  temporary.push(made);
  return made;
}

before(() => {
  bin = temporaryFolder();
  const scripts = {
    kai: `import(${JSON.stringify(join(root, "cli/main.ts"))})`,
    // Enough of psql for `psql URL -qc SQL`, which needs no installation.
    psql: `import(${JSON.stringify(join(root, "tests/support/postgres.ts"))}).then(({ query }) => query(process.argv[2], process.argv[4]))`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!${process.execPath}\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
});
after(() => {
  for (const made of temporary) rmSync(made, { recursive: true, force: true });
});

async function enter(setting: Setting): Promise<Record<string, string>> {
  folder = temporaryFolder();
  for (const [name, text] of Object.entries(setting.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  database = await server.database();
  if (setting.sql) await query(database, setting.sql);
  if (setting.applied) {
    await migrate({ connectionString: database }, await readMigrations(join(folder, "migrations")));
  }
  if (setting.pooled) database = await pooled(database);
  const variables: Record<string, string> = {};
  for (const [name, kind] of Object.entries(setting.variables ?? {}))
    variables[name] = kind === "dead" ? DEAD : await server.database();
  return variables;
}

/** Runs blocks in one shell and answers what each printed and how it ended. */
async function run(blocks: readonly Block[], variables: Record<string, string>) {
  const mark = "@@ the end of a block @@";
  const script = blocks.map((block) => `{\n${block.script}\n}\necho "${mark} $?"\n`).join("");
  const env = {
    PATH: [bin, process.env.PATH].join(delimiter),
    HOME: folder,
    DATABASE_URL: database,
    ...variables,
  };
  const printed = await new Promise<string>((resolve) => {
    execFile("bash", ["-c", `exec 2>&1\n${script}`], { cwd: folder, env }, (_, stdout) => resolve(stdout));
  });
  return [...printed.matchAll(new RegExp(`(.*?)^${mark} (\\d+)\\n`, "gms"))].map(([, output = "", code]) => ({
    output,
    code: Number(code),
  }));
}

describe("docs/migrations.md", () => {
  for (const { title, blocks } of sections()) {
    const setting = SETTINGS[title];
    it(title, { skip: setting?.pooled ? noPgBouncer : false }, async () => {
      const variables = setting ? await enter(setting) : {};
      const results = await run(blocks, variables);
      assert.equal(results.length, blocks.length);
      for (const [number, { script, output }] of blocks.entries()) {
        const result = results[number]!;
        if (output === undefined) assert.equal(result.code, 0, `${script}\n${result.output}`);
        else assert.equal(steady(result.output), steady(output), script);
      }
    });
  }

  it("has a section for every setting", () => {
    const titles = new Set(sections().map(({ title }) => title));
    assert.deepEqual(
      Object.keys(SETTINGS).filter((title) => !titles.has(title)),
      [],
    );
  });
});
