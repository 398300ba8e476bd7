/** A real PostgreSQL with pgvector for each environment, in this process, shaped like a new Supabase project. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { pgcrypto } from "@electric-sql/pglite/contrib/pgcrypto";
import { uuid_ossp } from "@electric-sql/pglite/contrib/uuid_ossp";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";

/** A running database. */
export interface SandboxDatabase {
  /** Connection string on this machine. */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts the database whose files are in `directory`; makes it when it does not exist.
 * The server takes several connections but runs one session at a time.
 */
export async function startDatabase(directory: string): Promise<SandboxDatabase> {
  if (!existsSync(directory)) await createDatabase(directory);
  const db = await open(directory);
  // The server starts its one session with a search path of its own; Supabase's is the database's.
  await db.exec("reset search_path");
  const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 20 });
  await server.start();
  return {
    url: `postgresql://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`,
    async stop() {
      await server.stop();
      await db.close();
    },
  };
}

/** Made under another name first, so that an interrupted start leaves nothing half-made. */
async function createDatabase(directory: string): Promise<void> {
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  const db = await open(unfinished);
  await db.exec(readFileSync(new URL("../../database/rehearse/supabase.sql", import.meta.url), "utf8"));
  await db.close();
  renameSync(unfinished, directory);
}

function open(directory: string): Promise<PGlite> {
  return PGlite.create({ dataDir: directory, extensions: { vector, pg_trgm, pgcrypto, uuid_ossp } });
}
