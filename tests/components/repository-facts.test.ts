import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { githubProvider } from "../../components/providers.ts";
import { repositoryFacts } from "../../components/repository-facts.ts";
import { LOOKS_ONLY, type RepositoryFacts } from "../../pipeline/contradictions.ts";
import { addBlob, treeOf } from "../../sandbox/github/git/objects.ts";
import { githubCloud } from "../../sandbox/github/provider.ts";
import { type GitHubStore, openGitHub, type RepositoryRecord } from "../../sandbox/github/store.ts";
import { kaiSettings } from "../settings/kai.ts";
import { declare } from "../support/declared.ts";

/** A world, and what the program finds out about its repository. */
function github(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const world = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  t.mock.property(process, "env", { ...process.env, GITHUB_TOKEN: "token" });
  return { world, record: recordOf(world), facts: (changes = {}) => factsOf(world, changes) };
}

function recordOf({ store }: GitHubStore): RepositoryRecord {
  return store.data.repositories["basilakis/kai"] ?? assert.fail("there is no repository");
}

async function factsOf(world: GitHubStore, changes: Record<string, unknown>): Promise<RepositoryFacts> {
  const settings = await kaiSettings("production", changes);
  const { value } = await declare([githubCloud(world)], () =>
    repositoryFacts(settings, githubProvider(settings)),
  );
  return value;
}

/** Puts a file on the default branch, whatever its rules. */
function put(record: RepositoryRecord, name: string): void {
  const head = record.commits[record.refs["refs/heads/main"]?.object.sha ?? ""];
  assert.ok(head);
  const entries = (record.trees[head.tree] ?? []).map((entry) => [entry.name, entry] as const);
  const sha = addBlob(record, Buffer.from("* @Basilakis\n"));
  head.tree = treeOf(record, new Map([...entries, [name, { name, mode: "100644", sha }]]));
}

test("the people are who they are, and nothing else is asked", async (t) => {
  assert.deepEqual(await github(t).facts(), {
    people: [
      { login: "Basilakis", role: "admin" },
      { login: "eleni-dev", role: "write" },
      { login: "nikos-ops", role: "write" },
    ],
  });
});

test("owners of an organization are among the people of its repositories", async (t) => {
  const { world, record, facts } = github(t);
  world.store.data.repositories["kai-platform/kai"] = {
    ...record,
    repository: { ...record.repository, owner: { ...record.repository.owner, login: "kai-platform" } },
    collaborators: [],
  };
  const { people } = await facts({
    "repository.owner": "kai-platform",
    "repository.ownerType": "organization",
  });
  assert.deepEqual(people, [{ login: "Basilakis", role: "admin" }]);
});

test("a full page of people is no list of all: who is missing from it may be on the next", async (t) => {
  const { record, facts } = github(t);
  for (let id = record.collaborators.length; id < 100; id++)
    record.collaborators.push({ login: `person-${id}`, id, role_name: "read" });
  assert.deepEqual(await facts(), {});
});

test("a private repository on the Free plan has no rules", async (t) => {
  const { world, record, facts } = github(t);
  Object.assign(record.repository, { private: true, visibility: "private" });
  const isPrivate = { "repository.visibility": "private" };
  assert.equal((await facts(isPrivate)).hasRules, false);
  Object.assign(world.store.data.accounts.basilakis ?? {}, { plan: { name: "pro" } });
  assert.equal((await facts(isPrivate)).hasRules, true);
});

test("CODEOWNERS is looked for where it may lie, when a rule needs it", async (t) => {
  const { record, facts } = github(t);
  assert.equal((await facts({ "rules.codeOwners": true })).hasCodeOwners, false);
  put(record, "CODEOWNERS");
  assert.equal((await facts({ "rules.codeOwners": true })).hasCodeOwners, true);
  assert.equal((await facts()).hasCodeOwners, undefined);
});

test("what the token may not see is left out, and is no mistake", async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: () => {
      throw new Error(
        "GET https://api.github.com/x: 403 Resource not accessible by personal access token []",
      );
    },
  });
  const settings = await kaiSettings("production", {
    "repository.visibility": "private",
    "rules.codeOwners": true,
  });
  assert.deepEqual(await repositoryFacts(settings, githubProvider(settings)), {});
});

test("the plan of an organization is asked where a rule depends on it", async (t) => {
  const { world } = github(t);
  const changes = {
    "repository.owner": "kai-platform",
    "repository.ownerType": "organization",
    "rules.patterns": { commitMessage: "^feat" },
  };
  assert.equal((await factsOf(world, changes)).plan, "team");
  const isPrivate = { ...changes, "rules.patterns": {}, "repository.visibility": "private" };
  assert.equal((await factsOf(world, isPrivate)).plan, "team");
});

test("a run that only looks asks for nobody: whoever takes access away must not blind it", async (t) => {
  const { facts } = github(t);
  process.env[LOOKS_ONLY] = "true";
  assert.deepEqual(await facts({ "rules.codeOwners": true }), {});
});

test("a repository that the program makes has nobody yet, and the stack without one asks nothing", async (t) => {
  const { facts } = github(t);
  assert.deepEqual(await facts({ "repository.existing": false }), {});
  assert.deepEqual(await facts({ ownsRepository: false }), {});
});
