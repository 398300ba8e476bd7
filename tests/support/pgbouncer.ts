/** PgBouncer in front of a test server, as poolers stand in front of hosted databases. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "./debian-package.ts";
import { freePort } from "./postgres.ts";

const found = findProgram("pgbouncer", ["pgbouncer", "libevent-2.1-7", "libc-ares2"]);

/** For the `skip` of tests: why there is no PgBouncer on this system, or false. */
export const noPgBouncer: string | false = typeof found === "string" ? found : false;

/** How a pooler behaves. */
export interface PoolerOptions {
  /** `transaction` gives a server session away after each transaction, `session` when the client leaves. */
  mode: "transaction" | "session";
  /** Server sessions a database. Default 10. */
  poolSize?: number;
  /** Lines for the settings file. */
  settings?: string[];
}

/** Translates a direct connection string into the one through the pooler. */
export type Through = (direct: string) => Promise<string>;

/** PgBouncer in front of the server of the calling test file: started at its first use, stopped after the tests. */
export function usePooler(options: PoolerOptions): Through {
  let started: Promise<Pooler> | undefined;
  after(async () => (await started)?.stop());
  return async (direct) => {
    started ??= startPooler(direct, options);
    const { port } = await started;
    return Object.assign(new URL(direct), { port: String(port) }).href;
  };
}

interface Pooler {
  port: number;
  stop(): Promise<void>;
}

async function startPooler(
  direct: string,
  { mode, poolSize = 10, settings = [] }: PoolerOptions,
): Promise<Pooler> {
  if (typeof found === "string") throw new Error(found);
  const server = new URL(direct);
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "kai-pgbouncer-"));
  chmodSync(directory, 0o755);
  const users = join(directory, "users.txt");
  writeFileSync(users, `"${server.username}" "${server.password}"\n`);
  const file = join(directory, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 200
server_idle_timeout = 1
${settings.join("\n")}
`,
  );
  const child = spawn(found.path, [file], {
    env: found.env,
    stdio: ["ignore", "ignore", "pipe"],
    ...(userInfo().uid === 0 ? otherUser() : {}),
  });
  await untilListening(port, child);
  return {
    port,
    async stop() {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** PgBouncer refuses to run as root. */
function otherUser(): { uid: number; gid: number } {
  const number = (flag: string) =>
    Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8", stdio: "pipe" }));
  return { uid: number("-u"), gid: number("-g") };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  let log = "";
  child.stderr?.on("data", (text) => {
    log += text;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended: ${log}`);
    const socket = connect(port, "127.0.0.1");
    const listens = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (listens) return;
    await sleep(20);
  }
}
