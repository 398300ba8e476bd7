/** A repository on a served GitHub as both stacks' `up` leave it, and what their states say of it. */
import type { TestContext } from "node:test";
import type { Octokit } from "@octokit/rest";
import { Provider } from "@pulumi/github/provider.js";
import { output } from "@pulumi/pulumi";
import { Delivery } from "../../../components/delivery.ts";
import { blindSpots, type Model, PARTS } from "../../../drift/github/compare.ts";
import { type DeployedGitHub, deployedOf } from "../../../drift/github/deployed.ts";
import type { BlindSpots } from "../../../drift/github/spots.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import { ownedSecrets } from "../../../pipeline/secrets.ts";
import { renderWorkflows } from "../../../pipeline/workflows/render.ts";
import { GitHub } from "../../../sandbox/github/client.ts";
import { githubCloud } from "../../../sandbox/github/provider.ts";
import type {
  EnvironmentDocument,
  RepositoryRecord,
  RulesetDocument,
} from "../../../sandbox/github/store.ts";
import type { Settings } from "../../../settings.ts";
import { type Served, served } from "../../sandbox/github/support.ts";
import { kaiSettings } from "../../settings/kai.ts";
import { declare } from "../../support/declared.ts";

/** Some time after the last `up`, which happens now. */
export const LATER = "2040-01-01T00:00:00Z";

export interface DeployedWorld extends Served {
  owner: string;
  /** By stack. */
  states: Record<"production" | "staging", DeployedGitHub>;
  model: Model;
  /** The repository's documents. */
  record(): RepositoryRecord;
  environment(name: string): EnvironmentDocument;
  ruleset(name: string): RulesetDocument;
  /** What the comparison says for a stack. @param github whose token; the world's by default */
  look(stack?: "production" | "staging", github?: Octokit): Promise<BlindSpots>;
}

/** A ruleset that somebody made by hand. */
export function ruleset(
  name: string,
  include: string,
  changes: Partial<RulesetDocument> = {},
): RulesetDocument {
  return {
    id: 9000 + name.length,
    node_id: "RRS_x",
    name,
    target: "branch",
    source_type: "Repository",
    source: "Basilakis/kai",
    enforcement: "active",
    bypass_actors: [],
    conditions: { ref_name: { include: [include], exclude: [] } },
    rules: [{ type: "required_signatures" }],
    created_at: LATER,
    updated_at: LATER,
    ...changes,
  };
}

/** What differs between the worlds. */
export interface Options {
  owner?: "Basilakis" | "kai-platform";
  settings?: Record<string, unknown>;
}

export async function deployedWorld(
  t: TestContext,
  { owner = "Basilakis", settings: changes = {} }: Options = {},
): Promise<DeployedWorld> {
  const on = await served(t);
  const { repositories } = on.world.store.data;
  delete repositories["basilakis/kai"];
  const all = {
    ...changes,
    "repository.existing": false,
    "repository.owner": owner,
    "repository.ownerType": owner === "Basilakis" ? "user" : "organization",
  };
  const production = await kaiSettings("production", all);
  const staging = await kaiSettings("staging", all);
  const states = { production: await up(on, production), staging: await up(on, staging) };
  const record = () => on.record(`${owner}/kai`.toLowerCase());
  const model = {
    owner: production.rules.mainOwner,
    files: renderWorkflows([production, staging]),
  };
  return {
    ...on,
    owner,
    states,
    model,
    record,
    environment: (name) => named(record().environments, name),
    ruleset: (name) => named(record().rulesets, name),
    async look(stack = "production", github = on.as()) {
      const inventory = await readInventory(github, { owner, repo: "kai" }, PARTS);
      return blindSpots(stack, states[stack], model, inventory);
    },
  };
}

function named<T extends { name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}

/** Makes what the program declares, and answers the state as the engine would export it. */
async function up(on: Served, settings: Settings): Promise<DeployedGitHub> {
  const cloud = githubCloud(on.world);
  const { owner } = settings.repository;
  const accounts = Object.values(on.world.store.data.accounts);
  const users = new Map(accounts.map(({ login, id }) => [login, id]));
  const secrets = new Map(ownedSecrets(settings).map(({ name }) => [name, output(`value of ${name}`)]));
  const { resources } = await declare([cloud], (options) => {
    const provider = new Provider("github", { owner, token: "t" });
    return new Delivery("delivery", { settings, users, secrets }, { ...options, provider });
  });
  const api = new GitHub(on.world, owner, "t");
  const exported = await Promise.all(
    resources.map(async ({ type, name, id, inputs }) => ({
      urn: `urn:pulumi:${settings.stack}::kai::${type}::${name}`,
      type,
      id,
      inputs,
      outputs: { ...inputs, ...(await cloud.resources[type]?.read(api, id, {})) },
      modified: new Date().toISOString(),
    })),
  );
  const provider = {
    urn: "urn:pulumi:x::kai::pulumi:providers:github::github",
    type: "pulumi:providers:github",
  };
  const deployed = deployedOf({
    deployment: { resources: [{ ...provider, inputs: { owner } }, ...exported] },
  });
  if (!deployed) throw new Error("nothing is deployed");
  return deployed;
}
