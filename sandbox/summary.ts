/** What the tour leaves behind, told from the clouds' own memory. */
import pg from "pg";
import type { StepTime } from "./tour.ts";
import type { World } from "./world.ts";

/** What exists now, where to look next, and how long each step took. */
export async function describeWorld(world: World, directory: string, times: StepTime[]): Promise<string> {
  return [
    "What exists now (the engine and PostgreSQL are real, the clouds are simulated)",
    ...aligned([...cloudRows(world), ...(await databaseRows(world))]),
    "",
    "Where to look next",
    ...aligned([
      ["npm run sandbox -- pulumi stack --stack staging", "everything that a stack holds"],
      ["npm run sandbox -- tamper", "changes by hand to try; then: npm run sandbox -- kai drift"],
      ["npm run sandbox -- bash", "a shell in this world; `psql` is the staging database"],
      ["docs/own-accounts.md", "the same program on your own accounts"],
      [`${directory}`, "the world; `npm run sandbox -- reset` forgets it"],
    ]),
    "",
    "How long it took",
    ...aligned(times.map(({ title, milliseconds }) => [title, `${(milliseconds / 1000).toFixed(1)} s`])),
  ].join("\n");
}

function cloudRows({ clouds }: World): [string, string][] {
  const repositories = Object.values(clouds.github.store.data.repositories);
  const { clusters } = clouds.digitalocean.main.data;
  const objects = Object.values(clouds.kubernetes.main.data.servers).flatMap((server) =>
    Object.values(server.objects),
  );
  const { buckets, distributions } = clouds.aws.store.data;
  return [
    ...repositories.map((record): [string, string] => [
      `GitHub ${record.repository.full_name}`,
      listed([
        [Object.keys(record.refs).length, "branches"],
        [record.rulesets.length + record.branch_protection_rules.length, "branch rules"],
        [record.environments.length, "environments"],
        [
          record.secrets.length + record.environments.reduce((sum, { secrets }) => sum + secrets.length, 0),
          "secrets",
        ],
      ]),
    ]),
    [
      "DigitalOcean",
      `clusters ${Object.values(clusters)
        .map(({ name, node_pools }) => `${name} (${node_pools.length} pools)`)
        .join(", ")}`,
    ],
    [
      "Kubernetes",
      listed(["Deployment", "Service", "NetworkPolicy"].map((kind) => [count(objects, kind), plural(kind)])),
    ],
    [
      "AWS",
      listed([
        [Object.keys(buckets).length, "buckets"],
        [Object.keys(distributions).length, "distributions"],
      ]),
    ],
    [
      "Vercel",
      `projects ${Object.values(clouds.vercel.store.data.projects)
        .map(({ name }) => name)
        .join(", ")}`,
    ],
  ];
}

async function databaseRows({ databases }: World): Promise<[string, string][]> {
  const rows: [string, string][] = [];
  for (const [stack, connectionString] of Object.entries(databases)) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
    );
    await client.end();
    rows.push([`PostgreSQL ${stack}`, `tables ${tables.rows.map(({ name }) => name).join(", ")}`]);
  }
  return rows;
}

function count(objects: { kind: string }[], kind: string): number {
  return objects.filter((object) => object.kind === kind).length;
}

function plural(kind: string): string {
  return kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

function listed(parts: [number, string][]): string {
  return parts.map(([number, what]) => `${number} ${what}`).join(", ");
}

/** Two columns, indented. */
function aligned(rows: string[][]): string[] {
  const width = Math.max(...rows.map(([first]) => first?.length ?? 0));
  return rows.map(([first = "", second]) => `  ${first.padEnd(width)}  ${second}`);
}
