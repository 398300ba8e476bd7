/** The simulated Vercel refuses what Vercel and its plugin refuse, and shows what somebody changed. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { vercelProvider } from "../../components/providers.ts";
import { VercelSite } from "../../components/vercel-site.ts";
import { CloudError } from "../../sandbox/provider/declaration.ts";
import type { Properties } from "../../sandbox/provider/values.ts";
import { vercelCloud } from "../../sandbox/vercel/provider.ts";
import { openVercel } from "../../sandbox/vercel/store.ts";
import { vercelTampers } from "../../sandbox/vercel/tampers.ts";
import { declare } from "../support/declared.ts";

const TOKEN = "abcdefghijklmnopqrstuvwx";

function account(t: TestContext, token = TOKEN) {
  const directory = mkdtempSync(join(tmpdir(), "kai-vercel-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const files = [join(directory, "vercel.json"), join(directory, "vault.json")] as const;
  return { ...openVercel(...files, token), files };
}

function client(vercel: ReturnType<typeof account>, team = "kai") {
  const cloud = vercelCloud(vercel);
  const api = cloud.connect({ team });
  const type = (token: string) => {
    const declaration = cloud.resources[token];
    assert.ok(declaration, token);
    return declaration;
  };
  const context = { name: "thing", suffix: "0123456" };
  return {
    check: (token: string, inputs: Properties) => type(token).check?.(inputs) ?? [],
    create: (token: string, inputs: Properties) => type(token).create(api, inputs, context) as string,
    read: (token: string, id: string) => type(token).read(api, id, {}) as Properties | undefined,
    update: (token: string, id: string, inputs: Properties, oldInputs: Properties) =>
      type(token).update?.(api, id, inputs, { ...context, oldInputs }),
    remove: (token: string, id: string) => type(token).delete(api, id, context),
  };
}

const PROJECT = "vercel:index/project:Project";
const VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable";
const DOMAIN = "vercel:index/projectDomain:ProjectDomain";

const refused = (status: number, code: string) => (error: unknown) => {
  assert.ok(error instanceof CloudError, String(error));
  assert.equal(error.status, status, error.message);
  assert.match(error.message, new RegExp(code));
  return true;
};

test("the plugin wants a token with 24 letters or digits, and a team", (t) => {
  assert.throws(() => client(account(t, "short")), refused(400, "24 alphanumeric"));
  assert.throws(() => client(account(t), ""), refused(400, "team"));
});

test("a project's name is unique in its team, and follows the rules", (t) => {
  const vercel = account(t);
  const kai = client(vercel);
  const id = kai.create(PROJECT, { name: "kai-client" });
  assert.match(id, /^prj_[A-Za-z0-9]+$/);
  assert.throws(() => kai.create(PROJECT, { name: "kai-client" }), refused(409, "conflict"));
  client(vercel, "other").create(PROJECT, { name: "kai-client" });
  assert.throws(() => kai.create(PROJECT, { name: "a---b" }), refused(400, "invalid_project_name"));
  for (const name of ["Kai", "a".repeat(53), "a_b"]) assert.equal(kai.check(PROJECT, { name }).length, 1);
});

test("a preview refuses frameworks and protections that Vercel does not know", (t) => {
  const kai = client(account(t));
  assert.equal(kai.check(PROJECT, { name: "a", framework: "gatsbyjs" }).length, 1);
  assert.equal(kai.check(PROJECT, { name: "a", framework: "gatsby" }).length, 0);
  const wrong = { name: "a", vercelAuthentication: { deploymentType: "standardProtection" } };
  assert.equal(kai.check(PROJECT, wrong).length, 1);
});

test("a setting that the program no longer states is cleared", (t) => {
  const kai = client(account(t));
  const old = { name: "client", buildCommand: "yarn build" };
  const id = kai.create(PROJECT, old);
  kai.update(PROJECT, id, { name: "client" }, old);
  assert.equal(kai.read(PROJECT, id)?.buildCommand, undefined);
});

const variable = (projectId: string, change: Properties = {}) => ({
  projectId,
  key: "API_URL",
  value: "https://api.example.com",
  targets: ["production", "preview"],
  sensitive: false,
  ...change,
});

test("a key has one value for a target and branch", (t) => {
  const kai = client(account(t));
  const project = kai.create(PROJECT, { name: "client" });
  kai.create(VARIABLE, variable(project));
  const create = (change: Properties) => () => kai.create(VARIABLE, variable(project, change));
  assert.throws(create({ targets: ["preview"] }), refused(403, "ENV_ALREADY_EXISTS"));
  create({ targets: ["development"] })();
  create({ targets: ["preview"], gitBranch: "staging" })();
  assert.throws(create({ key: "1ST" }), refused(400, "INVALID_KEY"));
  assert.throws(create({ key: "AWS_REGION" }), refused(400, "RESERVED_ENV_VARIABLE"));
  assert.throws(create({ projectId: "prj_none" }), refused(404, "not_found"));
});

test("a preview refuses variables without target or value, and sensitive ones for development", (t) => {
  const kai = client(account(t));
  for (const wrong of [
    { targets: [] },
    { targets: ["staging"] },
    { value: undefined },
    { sensitive: true, targets: ["development"] },
  ])
    assert.equal(kai.check(VARIABLE, variable("prj_1", wrong)).length, 1, JSON.stringify(wrong));
});

test("a sensitive value is never answered, and is in the vault alone", (t) => {
  const vercel = account(t);
  const kai = client(vercel);
  const project = kai.create(PROJECT, { name: "client" });
  const id = kai.create(VARIABLE, variable(project, { sensitive: true, value: "hidden-value" }));
  assert.equal(kai.read(VARIABLE, id)?.value, undefined);
  const [documents, vault] = vercel.files.map((file) => readFileSync(file, "utf8"));
  assert.ok(!documents?.includes("hidden-value"));
  assert.ok(vault?.includes("hidden-value"));
  kai.remove(VARIABLE, id);
  assert.ok(!readFileSync(vercel.files[1], "utf8").includes("hidden-value"));
});

test("a domain belongs to one project, and goes with it", (t) => {
  const kai = client(account(t));
  const [client_, admin] = [kai.create(PROJECT, { name: "client" }), kai.create(PROJECT, { name: "admin" })];
  const domain = kai.create(DOMAIN, { projectId: client_, domain: "kai.example.com" });
  assert.throws(
    () => kai.create(DOMAIN, { projectId: admin, domain: "kai.example.com" }),
    refused(409, "domain_already_in_use"),
  );
  assert.throws(
    () => kai.create(DOMAIN, { projectId: admin, domain: "not a domain" }),
    refused(400, "invalid_domain"),
  );
  kai.remove(PROJECT, client_);
  assert.equal(kai.read(DOMAIN, domain), undefined);
});

test("every change by hand is seen as one difference, and is repaired", async (t) => {
  const vercel = account(t);
  const { resources, find } = await declare([vercelCloud(vercel)], (options) => {
    const provider = vercelProvider({ vercel: { team: "kai" } });
    const args = {
      projectName: "client",
      directory: "packages/client",
      framework: "gatsby",
      variables: { API_URL: "https://api.example.com" },
    };
    return new VercelSite("client", args, { ...options, provider });
  });
  const { id, inputs } = find("Project");
  const untouched = structuredClone(vercel.store.data);
  for (const tamper of vercelTampers) {
    await t.test(tamper.id, async () => {
      Object.assign(vercel.store.data, structuredClone(untouched));
      tamper.apply({ clouds: { vercel } });
      const found = await Promise.all(resources.map((resource) => resource.drift()));
      assert.equal(found.flat().length, 1, String(found));
      const plugin = client(vercel);
      plugin.update(PROJECT, id, inputs, plugin.read(PROJECT, id) ?? {});
      assert.deepEqual(await find("Project").drift(), []);
    });
  }
});
