import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type TestContext, test } from "node:test";
import pg from "pg";
import type { KubernetesObject } from "../../sandbox/kubernetes/store.ts";
import type { ServiceSettings } from "../../settings.ts";
import { freshWorld, root, type TestWorld } from "../support/world.ts";

const UP = ["up", "--yes", "--skip-preview", "--stack", "staging"];

const BROKEN = `-- Prices are per unit.
ALTER TABLE materials ADD COLUMN price numeric;

UPDATE materials
  SET prise = 0;
`;
const MENDED = BROKEN.replace("prise", "price");

test("a failing SQL file stops the up before any workload changes; the next up continues after the fix", async (t) => {
  const world = await freshWorld(t);
  const directory = migrationsFolder(t);
  world.configure("staging", {
    clouds: { github: false, aws: false, vercel: false },
    sites: [],
    migrations: { directory: relative(root, directory) },
  });
  const write = (name: string, sql: string) => writeFileSync(join(directory, name), sql);
  const rows = () => history(world.databases.staging as string);

  await t.test("in the first up of all: the namespace is not there yet", async () => {
    write("004_prices.sql", BROKEN);
    names(await refused(world), "004_prices.sql", 5, "UPDATE materials");
    assert.deepEqual(inNamespace(world), []);
    assert.deepEqual(
      await rows(),
      ["001_initial_schema.sql", "002_hybrid_search.sql", "003_row_level_security.sql"],
      "the files before it stay applied, and nothing of the one that failed",
    );
  });

  await t.test("the next up applies the rest and rolls the workloads out", async () => {
    write("004_prices.sql", MENDED);
    await world.succeed("pulumi", ...UP);
    assert.equal((await rows()).at(-1), "004_prices.sql");
    const deployments = inNamespace(world).filter(({ kind }) => kind === "Deployment");
    assert.deepEqual(deployments.map(({ metadata }) => metadata.name).sort(), [
      "kai-api-server-staging",
      "kai-ml-services-staging",
    ]);
  });

  await t.test(
    "in a later up: the cluster stays as it is to the last byte, though settings changed",
    async () => {
      const cluster = () => readFileSync(join(world.directory, "clouds/kubernetes.json"), "utf8");
      const before = cluster();
      write("005_stock.sql", "SELECT 1;\n\nCREATE TABEL stock (id int);\n");
      world.configure("staging", { services: await services(world, { LOG_LEVEL: "debug" }) });
      names(await refused(world), "005_stock.sql", 3, "CREATE TABEL stock");
      assert.equal(cluster(), before);
      assert.equal((await rows()).length, 4);
    },
  );

  await t.test("the next up after the fix migrates and changes the workloads", async () => {
    write("005_stock.sql", "CREATE TABLE stock (id int);\n");
    await world.succeed("pulumi", ...UP);
    assert.equal((await rows()).at(-1), "005_stock.sql");
    assert.match(JSON.stringify(inNamespace(world)), /"LOG_LEVEL":"debug"/);
    await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", "staging");
  });
});

/** The project's own files in a folder that the test may write to; below the project, as the setting asks for. */
function migrationsFolder(t: TestContext): string {
  const directory = mkdtempSync(join(root, "node_modules/.kai-test-migrations-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(join(root, "migrations"), directory, { recursive: true });
  return directory;
}

async function refused(world: TestWorld): Promise<string> {
  const { code, output } = await world.run("pulumi", ...UP);
  assert.notEqual(code, 0, output);
  return output;
}

function names(output: string, file: string, line: number, statement: string): void {
  assert.match(output, new RegExp(`${file.replaceAll(".", "\\.")}:${line}\\b`));
  assert.ok(output.includes(statement), output);
  assert.doesNotMatch(output, /\n\s+at .*\.ts:/, "no stack of calls");
}

async function history(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>("SELECT name FROM schema_migrations ORDER BY 1");
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Everything in the namespace of staging. */
function inNamespace({ clouds }: TestWorld): KubernetesObject[] {
  return Object.values(clouds.kubernetes.main.data.servers)
    .flatMap(({ objects }) => Object.values(objects))
    .filter(({ metadata }) => metadata.namespace === "kai-staging");
}

/** The stack's services, with more variables. */
async function services(world: TestWorld, env: Record<string, string>): Promise<ServiceSettings[]> {
  const output = await world.succeed("pulumi", "config", "get", "kai:services", "--stack", "staging");
  const configured = JSON.parse(output) as ServiceSettings[];
  return configured.map((service) => ({ ...service, env: { ...service.env, ...env } }));
}
