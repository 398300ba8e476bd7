import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { awsTrust } from "../../components/github-lookups.ts";
import { githubProvider } from "../../components/providers.ts";
import { UserError } from "../../errors.ts";
import { kaiSettings } from "../settings/kai.ts";

/** GitHub as far as the lookups ask: users with an id, and one repository or none. */
async function github(repository: Record<string, unknown>) {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: ({ token }) => (token.includes("getUser") ? { id: "7" } : repository),
  });
  return githubProvider({ repository: (await kaiSettings("production")).repository });
}

test("a role trusts the repository by GitHub's own spelling: AWS compares letter by letter", async () => {
  const provider = await github({ fullName: "Basilakis/Kai", repoId: 42 });
  const settings = await kaiSettings("production", {
    "repository.owner": "basilakis",
    "aws.credentials": "oidc",
  });
  const { owner, ownerId, repository, repositoryId } = await awsTrust(settings, provider);
  assert.deepEqual([owner, ownerId, repository, repositoryId], ["Basilakis", "7", "Kai", "42"]);
});

test("a repository that does not exist yet is answered with a way that the settings allow", async () => {
  const provider = await github({});
  const settings = await kaiSettings("production", { "aws.credentials": "oidc" });
  await assert.rejects(awsTrust(settings, provider), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /kai:aws\.credentials set to keys/);
    return true;
  });
});
