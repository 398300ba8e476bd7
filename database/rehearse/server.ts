import { readFile } from "node:fs/promises";
import type { Extension, PGlite } from "@electric-sql/pglite";
import pg from "pg";
import { BUNDLED, PREINSTALLED, STAND_INS } from "./extensions.ts";

/** `supabase` is a new Supabase project; `plain` is an empty PostgreSQL with a superuser. */
export type Shape = "supabase" | "plain";

/** A PostgreSQL in the memory of this process. */
export interface Throwaway {
  client: pg.Client;
  stop(): Promise<void>;
}

const EXTENSION_FOLDER = "/pglite/share/postgresql/extension";

/** One session, and no process beside this one. The search path is that of Supabase's databases, where it has an effect. */
const START = [
  "--single",
  "-F",
  "-j",
  "-c",
  'search_path="$user", public, extensions',
  "-c",
  "exit_on_error=false",
  "-c",
  "max_worker_processes=0",
  "-c",
  "max_parallel_workers=0",
  "-c",
  "max_parallel_workers_per_gather=0",
  "-c",
  "max_parallel_maintenance_workers=0",
  "-c",
  "io_method=sync",
];

/**
 * Makes the shape once.
 * @param text All SQL that will run: of the many extensions, those whose name it holds are loaded.
 * @returns Starts a server of that shape; each call answers a fresh one.
 */
export async function shapedServer(shape: Shape, text: string): Promise<() => Promise<Throwaway>> {
  const { PGlite } = await import("@electric-sql/pglite");
  const extensions = await bundled(text);
  const startParams = shape === "supabase" ? START : START.toSpliced(3, 2);
  const first = await PGlite.create({ extensions, startParams });
  if (shape === "supabase") {
    await first.exec(await readFile(new URL("supabase.sql", import.meta.url), "utf8"));
    await writeStandIns(first);
    for (const name of PREINSTALLED) {
      const schema = STAND_INS[name] ? "" : " with schema extensions";
      await first.exec(`create extension "${name}"${schema}`);
    }
    await first.exec("grant usage on schema vault, graphql, graphql_public to postgres, service_role");
    await first.exec(await readFile(new URL("rights.sql", import.meta.url), "utf8"));
  }
  const image = await first.dumpDataDir("none");
  let unused: PGlite | undefined = first;
  return async () => {
    const ready = unused;
    unused = undefined;
    if (ready) return session(ready);
    const db = await PGlite.create({ extensions, startParams, loadDataDir: image });
    if (shape === "supabase") await elevated(db, () => writeStandIns(db));
    return session(db);
  };
}

async function session(db: PGlite): Promise<Throwaway> {
  const { createPgConfig } = await import("@electric-sql/pglite/node-postgres");
  const client = new pg.Client(createPgConfig(db) as unknown as pg.ClientConfig);
  await client.connect();
  return {
    client,
    async stop() {
      await db.close();
    },
  };
}

async function elevated(db: PGlite, work: () => Promise<void>): Promise<void> {
  await db.exec("select kai_rehearsal.elevate(true)");
  await work();
  await db.exec("select kai_rehearsal.elevate(false)");
}

async function bundled(text: string): Promise<Record<string, Extension>> {
  const wanted = ["uuid-ossp", "pgcrypto", "pg_stat_statements"];
  for (const name of Object.keys(BUNDLED)) {
    if (!wanted.includes(name) && text.includes(name)) wanted.push(name);
  }
  if (wanted.includes("earthdistance") && !wanted.includes("cube")) wanted.push("cube");
  const loaded: Record<string, Extension> = {};
  for (const name of wanted) {
    const module = BUNDLED[name]!;
    const found = (await import(`@electric-sql/pglite/contrib/${module}`)) as Record<string, Extension>;
    loaded[module] = found[module]!;
  }
  if (/vec/i.test(text)) loaded.vector = (await import("@electric-sql/pglite-pgvector")).vector;
  return loaded;
}

/** The files of an extension, written by the server itself into its file system in memory. */
async function writeStandIns(db: PGlite): Promise<void> {
  for (const [name, { control = [], script = [] }] of Object.entries(STAND_INS)) {
    await write(db, `${name}.control`, ["default_version = '1.0'", "trusted = true", ...control]);
    await write(db, `${name}--1.0.sql`, ["select 1;", ...script]);
  }
}

async function write(db: PGlite, name: string, lines: string[]): Promise<void> {
  const rows = lines.map((line) => `(${pg.escapeLiteral(line)})`).join(", ");
  await db.exec(`copy (values ${rows}) to ${pg.escapeLiteral(`${EXTENSION_FOLDER}/${name}`)}`);
}
