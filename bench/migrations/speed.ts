/** How fast files are applied, on this machine and over a network, beside psql and the runners that npm has. */
import { join } from "node:path";
import { migrate, readMigrations } from "../../database/index.ts";
import type { RunningServer } from "../../tests/support/postgres.ts";
import type { Bench, Figure } from "../bench.ts";
import { median } from "../measure.ts";
import { writeFolder } from "./folder.ts";
import { ours, peers, psql, type Runner } from "./runners.ts";
import { startProxy } from "./server.ts";

/** Half of the round trip between a CI runner and a database in the same part of the world. */
const ONE_WAY_MS = 10;
const REPEATS = 3;

/** 100 files over a network: round trips are what counts, and one a file is the least. */
export async function overNetwork(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const kai = ours(bench.root, bench.directory, 100);
  const others = await bench.progress.step("Install the runners that npm has", () =>
    peers(bench.directory, 100),
  );
  const all = [kai, psql(bench.directory, 100), ...others];
  const [mine, ...theirs] = await bench.progress.step("100 files, 20 ms a round trip", (say) =>
    compare(server, all, say, async (url, apply) => {
      const proxy = await startProxy(url, ONE_WAY_MS);
      try {
        return await apply(proxy.url);
      } finally {
        proxy.stop();
      }
    }),
  );
  return theirs.map(({ name, seconds }) => ({
    name: `100 files, 20 ms a round trip: kai / ${name}`,
    ratio: mine!.seconds / seconds,
    limit: name === "psql" ? 0.25 : 1,
  }));
}

/** 1,000 files on this machine: the server's own work is nearly everything. */
export async function onThisMachine(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const runners = [ours(bench.root, bench.directory, 1000), psql(bench.directory, 1000)];
  const [mine, other] = await bench.progress.step("1,000 files on this machine", (say) =>
    compare(server, runners, say, (url, apply) => apply(url)),
  );
  return [{ name: "1,000 files: kai / psql", ratio: mine!.seconds / other!.seconds, limit: 0.95 }];
}

/** Everything is applied: round trips behind the start of the session, against three. */
export async function nothingToDo(bench: Bench, server: RunningServer): Promise<Figure[]> {
  const migrations = await readMigrations(writeFolder(join(bench.directory, "nothing"), 20));
  const url = await server.database();
  await migrate({ connectionString: url }, migrations);
  const proxy = await startProxy(url, 0);
  await migrate({ connectionString: proxy.url }, migrations);
  const trips = proxy.roundTrips();
  proxy.stop();
  return [
    { name: "nothing to do: round trips, start of the session included / 3", ratio: trips / 3, limit: 1 },
  ];
}

/** Median of some runs of each, in turn, each on a new database. */
async function compare(
  server: RunningServer,
  runners: readonly Runner[],
  say: (detail: string) => void,
  around: (url: string, apply: (url: string) => Promise<number>) => Promise<number>,
): Promise<{ name: string; seconds: number }[]> {
  const times = runners.map(() => [] as number[]);
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const [index, runner] of runners.entries()) {
      const seconds = await around(await server.database(), (url) => runner.apply(url));
      times[index]!.push(seconds);
      say(`${runner.name} ${seconds.toFixed(1)} s`);
    }
  }
  return runners.map(({ name }, index) => ({ name, seconds: median(times[index]!) }));
}
