import { z } from "zod";
import { rulesSchema } from "./branch-rules-schema.ts";
import { clusterSchema, namespaceSchema } from "./cluster-schema.ts";
import { checked, field, integer, oneOf, scalar, text } from "./fields.ts";
import * as is from "./formats.ts";
import { AWS_REGIONS } from "./known.ts";
import { serviceSchema, siteSchema } from "./workload-schema.ts";

const login = () =>
  checked(is.isLogin, "is not a GitHub login (letters, digits and single dashes, at most 39)");
const branch = () =>
  checked(is.isBranchName, "is not a branch name that git accepts; write it without refs/heads/");

export const environmentSchema = z.strictObject({
  name: field(
    checked(
      (value) => /^[a-z][a-z0-9_-]{0,31}$/.test(value) && !/^images$|-(inspection|preview)$/.test(value),
      "is not an environment name: lower-case letters, digits, dash and underscore, at most 32, a letter first, not `images` and not ending in -inspection or -preview",
    ),
    "GitHub environment that this stack owns. Its upper-case form ends the names of the environment's secrets.",
    "staging",
  ),
  branch: field(branch(), "The only branch that may deploy to the environment.", "staging"),
  reviewers: field(
    z.array(login()).max(6, { error: "has more than 6 reviewers, the most that GitHub allows" }),
    "GitHub logins that must approve a deployment; one approval is enough. At most 6.",
    ["Basilakis"],
  ).default([]),
  preventSelfReview: field(
    z.boolean(),
    "Whether the person who started a deployment may not approve it. Locks out a lone reviewer.",
    false,
  ).default(false),
  waitMinutes: field(
    integer(0, 43_200),
    "Minutes to wait before a deployment starts, at most 30 days.",
    0,
  ).default(0),
});

export const repositorySchema = z.strictObject({
  owner: field(login(), "GitHub login of the user or organization that owns the repository.", "Basilakis"),
  ownerType: field(
    oneOf(["user", "organization"]),
    "What the owner is. A user's repository has no push restrictions, so its rules are rulesets.",
    "user",
  ),
  name: field(
    checked(
      is.isRepositoryName,
      "is not a repository name (letters, digits, dot, dash, underscore; at most 100)",
    ),
    "Repository name without the owner.",
    "kai",
  ),
  existing: field(
    z.boolean(),
    "Whether the repository exists and is adopted by import instead of created.",
    true,
  ),
  visibility: field(
    oneOf(["public", "private"]),
    "Who sees the repository. Rules and environments on a private one need a paid GitHub plan.",
    "public",
  ),
  description: field(
    z.string().max(350, { error: "is longer than the 350 characters that GitHub keeps" }),
    "One line about the repository.",
    "The Kai platform",
  ).optional(),
});

export const branchesSchema = z.strictObject({
  production: field(branch(), "Branch that triggers production deployments.", "main").default("main"),
  staging: field(branch(), "Branch for pre-production tests.", "staging").default("staging"),
  development: field(branch(), "Branch of active development.", "development").default("development"),
});

export const cloudsSchema = z.strictObject({
  github: field(
    z.boolean(),
    "Repository, branches, rules, environments, secrets, workflow files.",
    true,
  ).default(true),
  digitalocean: field(z.boolean(), "Cluster, namespace and workloads.", true).default(true),
  aws: field(z.boolean(), "Sites on S3 and CloudFront.", true).default(true),
  vercel: field(z.boolean(), "Sites on Vercel.", true).default(true),
  database: field(z.boolean(), "Schema migrations.", true).default(true),
});

export const awsSchema = z.strictObject({
  region: field(
    checked((value) => AWS_REGIONS.includes(value), "is not a region of AWS"),
    "Region of the buckets. Certificates for CloudFront live in us-east-1 whatever it is.",
    "us-east-1",
  ).default("us-east-1"),
  credentials: field(
    oneOf(["oidc", "keys"]),
    "How the workflow signs in: `oidc` (a role, no stored key) or `keys` (AWS_ACCESS_KEY_ID, as the specification names it).",
    "oidc",
  ).default("oidc"),
  oidcProviderArn: field(
    checked(is.isOidcProviderArn, "is not the ARN of an OIDC provider"),
    "The account's provider for token.actions.githubusercontent.com when there is one already: an account holds one.",
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
  ).optional(),
});

export const vercelSchema = z.strictObject({
  team: field(
    checked((value) => /^[A-Za-z0-9][\w-]*$/.test(value), "is not a team's slug or id"),
    "Slug or id (`team_…`) of the Vercel team.",
    "kai",
  ),
});

export const registrySchema = z.strictObject({
  server: field(
    checked(is.isRegistryServer, "is not the host of a registry; write it without https:// and path"),
    "Host of the container registry.",
    "ghcr.io",
  ),
  username: field(
    checked(
      (value) => is.isImageName(value.toLowerCase()),
      "is not a user name that can stand in an image name (letters, digits, dot, dash, underscore)",
    ),
    "User that pushes and pulls images; lower-cased, it is part of every image name.",
    "basilakis",
  ),
});

export const migrationsSchema = z.strictObject({
  directory: field(
    checked(
      is.isDirectoryFromHere,
      "is not a folder relative to the program's: no slash at either end, .. only at the beginning",
    ),
    "Folder with the numbered SQL files.",
    "migrations",
  ).default("migrations"),
  schema: field(
    checked(is.isSqlIdentifier, "is not an unquoted SQL name (lower case, at most 63)"),
    "Schema of the bookkeeping table.",
    "public",
  ).default("public"),
  table: field(
    checked(is.isSqlIdentifier, "is not an unquoted SQL name (lower case, at most 63)"),
    "Table that records applied migrations.",
    "schema_migrations",
  ).default("schema_migrations"),
});

/** The workflow's commands where the configuration names none. */
const DEFAULT_COMMANDS = {
  npm: { install: "npm ci", run: "npm run" },
  yarn: { install: "yarn install --frozen-lockfile", run: "yarn" },
  pnpm: { install: "pnpm install --frozen-lockfile", run: "pnpm run" },
} as const;

const command = (description: string, example: string) =>
  field(
    text().refine((value) => !/[\r\n]/.test(value) && !value.includes("${{"), {
      error: "must be one line without GitHub expressions: it becomes a step of the workflow",
    }),
    description,
    example,
  ).optional();

export const workflowSchema = z
  .strictObject({
    nodeVersion: field(
      scalar((value) => /^\d{2}(\.\d+){0,2}$|^lts\/(\*|[a-z]+)$/.test(value), "is not a Node version"),
      "Node version of the workflow's jobs.",
      "22",
    ).default("22"),
    packageManager: field(
      oneOf(["npm", "yarn", "pnpm"]),
      "Package manager of the repository. The default commands follow it.",
      "yarn",
    ).default("yarn"),
    pipelineDirectory: field(
      checked(is.isRelativeDirectory, "is not a folder relative to the repository's root, without .."),
      "Folder of the repository that holds this program; the workflows that run it start there. `.` is the root.",
      "infrastructure",
    ).default("infrastructure"),
    monitoring: field(
      z.strictObject({
        minutes: field(
          integer(1, 60),
          "How long a deployment to production is watched before it counts as done.",
          5,
        ).default(5),
        errorPercent: field(
          integer(0, 100),
          "Share of the requests to domains and hosts that may fail in that time; above it the services return.",
          1,
        ).default(1),
      }),
      "Watching of a deployment to production: pods, restarts and the share of failed requests.",
      { minutes: 10 },
    ).prefault({}),
    commands: field(
      z.strictObject({
        install: command("Installs the dependencies.", "yarn install --frozen-lockfile"),
        lint: command("Runs the linter.", "yarn lint"),
        test: command("Runs the unit tests.", "yarn test"),
        build: command("Builds the packages.", "yarn build"),
        integration: command("Integration tests after a staging deployment.", "yarn test:integration"),
        smoke: command("Smoke tests after a production deployment.", "yarn test:smoke"),
      }),
      "Commands of the workflow's steps, run at the repository's root; each has a default.",
      { lint: "yarn lint" },
    ).prefault({}),
  })
  .transform(({ commands, ...rest }) => {
    const { install, run } = DEFAULT_COMMANDS[rest.packageManager];
    const { lint, test, build, integration, smoke } = commands;
    return {
      ...rest,
      commands: {
        install: commands.install ?? install,
        lint: lint ?? `${run} lint`,
        test: test ?? `${run} test`,
        build: build ?? `${run} build`,
        integration: integration ?? `${run} test:integration`,
        smoke: smoke ?? `${run} test:smoke`,
      },
    };
  });

function isDay(text: string): boolean {
  const [, day] = /^(\d{4}-\d\d-\d\d)( 00:00:00 \+0000 UTC)?$/.exec(text) ?? [];
  return day !== undefined && new Date(`${day}T00:00:00Z`).toJSON()?.slice(0, 10) === day;
}

export const driftSchema = z.strictObject({
  ignore: field(
    z.array(
      z.strictObject({
        name: field(text(), "Logical name of the object, as `kai drift` writes it.", "kai-repository"),
        property: field(
          text(),
          "The property, as `kai drift` writes it, and everything below it; without one, everything about the object.",
          'collaborators["nikos-ops"]',
        ).optional(),
        reason: field(text(), "Why it is meant, for those who read it later.", "Nikos is on call"),
        until: field(
          // The engine takes a date of YAML for a time, and hands it on as Go writes one.
          checked(isDay, "is not a day such as 2027-01-31").transform((day) => day.slice(0, 10)),
          "The last day on which it holds, in UTC. From the next day on it is drift again.",
          "2027-01-31",
        ),
      }),
    ),
    "Differences that are meant for a time: no drift until their day has passed.",
    [
      {
        name: "kai-repository",
        property: 'collaborators["nikos-ops"]',
        reason: "Nikos is on call",
        until: "2027-01-31",
      },
    ],
  ).default([]),
});

/** The sections of a stack's configuration, by the key that holds each (`kai:cluster` and so on). */
export const sections = {
  environment: environmentSchema,
  ownsRepository: field(
    z.boolean(),
    "Whether this stack owns what the repository has once: settings, branches, rules, repository secrets, workflow files. True in exactly one stack.",
    true,
  ),
  repository: repositorySchema,
  branches: branchesSchema,
  rules: rulesSchema,
  clouds: cloudsSchema,
  cluster: clusterSchema,
  namespace: namespaceSchema,
  services: z.array(serviceSchema),
  sites: z.array(siteSchema),
  aws: awsSchema,
  vercel: vercelSchema,
  registry: registrySchema,
  migrations: migrationsSchema,
  workflow: workflowSchema,
  drift: driftSchema,
  adopt: field(
    z.record(z.string(), text()),
    "Existing objects to take over: logical resource name to the provider's import id. Remove after the first `up`.",
    { "cluster-vpc": "5a4981aa-9653-4bd1-bef5-d6bff52042e4" },
  ),
};
