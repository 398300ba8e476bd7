/** What is compared: this engine, psql, and the runners that npm has. Each is a process of its own, start included. */
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../errors.ts";
import { generated, writeFolder } from "./folder.ts";

const run = promisify(execFile);

/** Something that applies so many generated migrations to an empty database. */
export interface Runner {
  name: string;
  /** @returns Wall-clock seconds. @throws Error with the output when it fails */
  apply(url: string): Promise<number>;
}

/** `kai migrate up`. @param root the checkout */
export function ours(root: string, directory: string, count: number): Runner {
  const folder = writeFolder(join(directory, `kai-${count}`), count);
  const args = [join(root, "cli/kai.cjs"), "migrate", "up", "--dir", folder];
  return {
    name: "kai",
    apply: (url) => timed(process.execPath, args, { DATABASE_URL: url }),
  };
}

/** One psql process: each file in one transaction with its row in a history table. */
export function psql(directory: string, count: number): Runner {
  const lines = generated(count).map(
    ({ number, sql }) => `BEGIN;\n${sql}INSERT INTO history (name) VALUES ('${number}');\nCOMMIT;\n`,
  );
  const script = join(directory, `psql-${count}.sql`);
  writeFileSync(
    script,
    `CREATE TABLE history (name text PRIMARY KEY, at timestamptz DEFAULT now());\n${lines.join("")}`,
  );
  return {
    name: "psql",
    apply: (url) => timed("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script, url]),
  };
}

/** Versions are pinned, so that figures of different days can be compared. */
const PACKAGES = [
  "node-pg-migrate@9.0.0",
  "postgres-migrations@5.3.0",
  "graphile-migrate@1.4.1",
  "postgrator@8.0.0",
  "umzug@3.8.3",
  "pg@8.23.1",
];

/** Installs the peers into a folder of their own: they are no part of the project. */
export async function peers(directory: string, count: number): Promise<Runner[]> {
  const home = join(directory, "peers");
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(home, "package.json"))) {
    writeFileSync(join(home, "package.json"), '{ "private": true, "type": "module" }\n');
    await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...PACKAGES], { cwd: home });
  }
  const { calculateHash } = createRequire(join(home, "package.json"))("graphile-migrate/dist/hash.js") as {
    calculateHash(text: string, previous: string | null): string;
  };
  const scripts = peerScripts(home, count, calculateHash);
  return Object.entries(scripts).map(([name, text]) => {
    const script = join(home, `${name}.js`);
    writeFileSync(script, text);
    return { name, apply: (url) => timed(process.execPath, [script], { DATABASE_URL: url }, home) };
  });
}

/** Each as its documentation shows it, with one transaction a file where it has one. */
function peerScripts(
  home: string,
  count: number,
  hash: (text: string, previous: string | null) => string,
): Record<string, string> {
  const folder = (name: string, file?: (number: string) => string) =>
    JSON.stringify(writeFolder(join(home, `${name}-${count}`), count, file));
  const url = "process.env.DATABASE_URL";
  return {
    "node-pg-migrate": `import { runner } from "node-pg-migrate";
await runner({ databaseUrl: ${url}, dir: ${folder("node-pg-migrate")}, direction: "up", migrationsTable: "pgmigrations", singleTransaction: false, log: () => {} });`,
    "postgres-migrations": `import pg from "pg";
import { migrate } from "postgres-migrations";
const client = new pg.Client({ connectionString: ${url} });
await client.connect();
await migrate({ client }, ${folder("postgres-migrations")});
await client.end();`,
    "graphile-migrate": `import { migrate } from "graphile-migrate";
const root = Object.assign(new URL(${url}), { pathname: "/postgres" }).href;
await migrate({ connectionString: ${url}, rootConnectionString: root, migrationsFolder: ${JSON.stringify(committed(home, count, hash))} });`,
    postgrator: `import pg from "pg";
import Postgrator from "postgrator";
const client = new pg.Client({ connectionString: ${url} });
await client.connect();
const at = ${folder("postgrator", (number) => `${number}.do.table_${number}.sql`)};
await new Postgrator({ migrationPattern: at + "/*", driver: "pg", execQuery: (sql) => client.query(sql) }).migrate();
await client.end();`,
    umzug: `import { readFileSync } from "node:fs";
import pg from "pg";
import { Umzug } from "umzug";
const client = new pg.Client({ connectionString: ${url} });
await client.connect();
await client.query("CREATE TABLE IF NOT EXISTS history (name text PRIMARY KEY)");
const transaction = async (sql) => {
  await client.query("BEGIN");
  await client.query(sql);
  await client.query("COMMIT");
};
await new Umzug({
  migrations: { glob: ${folder("umzug")} + "/*.sql", resolve: ({ name, path }) => ({ name, up: () => transaction(readFileSync(path, "utf8")) }) },
  storage: {
    executed: async () => (await client.query("SELECT name FROM history ORDER BY name")).rows.map((row) => row.name),
    logMigration: ({ name }) => client.query("INSERT INTO history VALUES ($1)", [name]),
    unlogMigration: async () => {},
  },
  logger: undefined,
}).up();
await client.end();`,
  };
}

/** graphile-migrate applies "committed" files alone, chained by hashes in their headers. */
function committed(
  home: string,
  count: number,
  hash: (text: string, previous: string | null) => string,
): string {
  const folder = join(home, `graphile-migrate-${count}`);
  mkdirSync(join(folder, "committed"), { recursive: true });
  let previous: string | null = null;
  for (const { number, sql } of generated(count)) {
    const own: string = hash(sql, previous);
    const header = `--! Previous: ${previous ?? "-"}\n--! Hash: ${own}\n\n`;
    writeFileSync(join(folder, "committed", `0${number}.sql`), `${header}${sql.trim()}\n`);
    previous = own;
  }
  return folder;
}

function timed(command: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd ? { cwd } : {}),
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new UserError(
              `\`${command}\` is not installed; the bench compares with it (Debian: apt-get install postgresql-client).`,
            )
          : error,
      ),
    );
    child.on("close", (code) =>
      code === 0
        ? resolve((performance.now() - start) / 1000)
        : reject(new Error(`${command} ended with ${code}:\n${output}`)),
    );
  });
}
