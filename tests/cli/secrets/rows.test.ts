/** The list of secrets. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listSecrets } from "../../../cli/secrets/rows.ts";
import type { DeployedGitHub } from "../../../drift/github/deployed.ts";
import { environments } from "../../../pipeline/branches.ts";
import { secretsIn } from "../../../pipeline/secrets.ts";
import type { Settings } from "../../../settings.ts";
import { kaiSettings } from "../../settings/kai.ts";

const WRITTEN = "2026-01-01T00:00:00Z";

function facts(name: string, updated_at = WRITTEN) {
  return { name, created_at: WRITTEN, updated_at };
}

/** What GitHub has when all is well, and what the state remembers of it. */
function world(settings: Settings) {
  const own = environments(settings).map(({ name }) => ({
    name,
    secrets: { seen: true as const, value: secretsIn(settings, name).map((row) => facts(row.name)) },
  }));
  const environmentSecrets = own.flatMap(({ name, secrets }) =>
    secrets.value.map((secret) => ({
      inputs: { environment: name, secretName: secret.name },
      outputs: { updatedAt: WRITTEN, remoteUpdatedAt: WRITTEN },
    })),
  );
  return {
    inventory: {
      environments: { seen: true as const, value: own },
      secrets: { seen: true as const, value: [facts("SLACK_WEBHOOK")] },
    },
    deployed: { secrets: [], environmentSecrets } as unknown as DeployedGitHub,
  };
}

async function listed(change: (made: ReturnType<typeof world>) => void = () => {}) {
  const settings = await kaiSettings("staging");
  const made = world(settings);
  change(made);
  return listSecrets(settings, made.inventory as never, made.deployed);
}

function unusual(rows: Awaited<ReturnType<typeof listed>>): string[] {
  return rows
    .filter(({ state }) => state !== "ok")
    .map(({ name, environment, state }) => `${environment} ${name} ${state}`);
}

describe("the list of secrets", () => {
  it("has each secret once for each environment, with its source and its readers there", async () => {
    const rows = await listed();
    assert.deepEqual(unusual(rows), []);
    const tokens = rows.filter(({ name }) => name === "VERCEL_TOKEN");
    assert.deepEqual(
      tokens.map(({ environment, source }) => [environment, source]),
      ["staging", "staging-inspection", "staging-preview"].map((at) => [at, "kai:vercelToken"]),
    );
    const readers = tokens.map((token) => token.readers);
    const where = (job: string) => readers.map((jobs) => jobs.includes(job));
    assert.deepEqual(where("Deploy to Staging"), [true, false, false]);
    assert.deepEqual(where("Drift of Staging"), [false, true, false]);
    assert.deepEqual(where("Preview Staging"), [false, false, true]);
  });

  it("tells what was written after the last up, what is missing and what is extra", async () => {
    const rows = await listed(({ inventory }) => {
      const [staging] = inventory.environments.value;
      const secrets = staging?.secrets.value ?? [];
      secrets.splice(
        secrets.findIndex(({ name }) => name === "JWT_SECRET"),
        1,
      );
      const token = secrets.find(({ name }) => name === "VERCEL_TOKEN");
      if (token) token.updated_at = "2026-02-01T00:00:00Z";
      secrets.push(facts("OLD_KEY"));
    });
    assert.deepEqual(unusual(rows), [
      "staging VERCEL_TOKEN overwritten",
      "staging JWT_SECRET missing",
      "staging OLD_KEY extra",
    ]);
  });

  it("does not say that what a token may not see is missing", async () => {
    const rows = await listed(({ inventory }) => {
      Object.assign(inventory.environments.value[0] ?? {}, { secrets: { seen: false, reason: "no right" } });
    });
    assert.ok(rows.every(({ environment, state }) => (environment === "staging") === (state === "unknown")));
  });
});
