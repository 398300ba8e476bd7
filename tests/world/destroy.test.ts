import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { changes, cloudDocuments, cloudFiles, stateOf } from "../support/snapshot.ts";
import { productionFolder, reconciledWorld, type TestWorld } from "../support/world.ts";

test("both stacks are reconciled, and each keeps to its own", async (t) => {
  const world = await reconciledWorld(t);

  await t.test("a second preview finds nothing in either stack", async () => {
    for (const stack of ["production", "staging"])
      await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", stack);
  });

  await t.test("destroying production is refused, because it holds what is protected", async () => {
    const held = () => ({ ...cloudFiles(world.directory), ...written(world, "production") });
    const before = held();
    // With its preview, as everybody runs it. After `--skip-preview` the engine deletes what is not protected first.
    const { code, output } = await world.run("pulumi", "destroy", "--yes", "--stack", "production");
    assert.notEqual(code, 0, output);
    assert.match(output, /cannot be deleted\s+because it is protected/);
    for (const name of [
      "kai-repository",
      "cluster-kubernetes",
      "client-bucket-bucket",
      "admin-bucket-bucket",
    ])
      assert.ok(output.includes(name), `${name} is not named:\n${output}`);
    assert.deepEqual(changes(before, held()), []);
  });

  await t.test("destroying staging leaves everything of production as it was", async () => {
    const state = () => stateOf(world.directory, "production");
    const before = { state: state(), schema: await schema(world.databases.production) };
    await world.succeed("pulumi", "destroy", "--yes", "--skip-preview", "--stack", "staging");
    assert.deepEqual({ state: state(), schema: await schema(world.databases.production) }, before);
    await world.succeed("pulumi", "preview", "--refresh", "--expect-no-changes", "--stack", "production");
  });

  await t.test("the clouds are as if staging had never been", async () => {
    assert.deepEqual(cloudDocuments(world.directory), cloudDocuments(await productionFolder()));
    assert.deepEqual(stateOf(world.directory, "staging"), []);
  });

  await t.test("the data of staging is not dropped with the stack", async () => {
    const { tables, history } = await schema(world.databases.staging);
    assert.ok(tables.includes("public.materials"));
    assert.equal(history.length, 3);
  });
});

/** When each resource of a stack's state was last written. */
function written({ directory }: TestWorld, stack: string): Record<string, string> {
  const resources = stateOf(directory, stack);
  return Object.fromEntries(resources.map(({ urn, id, modified }) => [urn, `${id} ${modified}`]));
}

async function schema(connectionString?: string): Promise<{ tables: string[]; history: unknown[] }> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    );
    const history = await client.query("SELECT * FROM schema_migrations ORDER BY name");
    return { tables: tables.rows.map(({ name }) => name), history: history.rows };
  } finally {
    await client.end();
  }
}
