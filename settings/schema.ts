import { z } from "zod";
import { checked, field, integer, oneOf, scalar, text } from "./fields.ts";
import * as is from "./formats.ts";
import { AWS_REGIONS, DIGITALOCEAN_REGIONS, RESERVED_NAMESPACES } from "./known.ts";
import { serviceSchema, siteSchema } from "./workload-schema.ts";

const login = () =>
  checked(is.isLogin, "is not a GitHub login (letters, digits and single dashes, at most 39)");
const branch = () =>
  checked(is.isBranchName, "is not a branch name that git accepts; write it without refs/heads/");
const range = () =>
  checked((value) => is.parseRange(value) !== undefined, "is not an IPv4 range in CIDR notation");
const label = () =>
  checked(
    is.isDnsLabel,
    "is not a name of at most 63 lower-case letters, digits and dashes that begins with a letter",
  );

export const environmentSchema = z.strictObject({
  name: field(
    checked(
      (value) => /^[a-z][a-z0-9_-]{0,31}$/.test(value) && !value.endsWith("-inspection"),
      "is not an environment name: lower-case letters, digits, dash and underscore, at most 32, a letter first, not ending in -inspection",
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

export const rulesSchema = z.strictObject({
  kind: field(
    oneOf(["rulesets", "classic"]),
    "`rulesets` works for every owner; `classic` is branch protection with push restrictions, organizations only.",
    "rulesets",
  ).default("rulesets"),
  mainOwner: field(login(), "The only login that may push to the production branch.", "Basilakis"),
  requiredReviews: field(
    integer(1, 10),
    "Approvals that a pull request needs on the production and the staging branch. Authors cannot approve their own.",
    1,
  ).default(1),
  mainPushMode: field(
    oneOf(["merge-only", "direct"]),
    "`merge-only`: the main owner too goes through a pull request. `direct`: the main owner may push past it.",
    "merge-only",
  ).default("merge-only"),
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

const poolSchema = z.strictObject({
  name: field(label(), "Name of the node pool, unique in the cluster.", "workers"),
  size: field(
    checked((value) => /^[a-z0-9]+(-[a-z0-9.]+)+$/.test(value), "is not a DigitalOcean size"),
    "Droplet size of the nodes.",
    "s-2vcpu-4gb",
  ),
  min: field(integer(1, 500), "Fewest nodes; a pool cannot scale to zero.", 1),
  max: field(integer(1, 500), "Most nodes.", 5),
  labels: field(
    z.record(z.string(), scalar(is.isLabelValue, "is not a Kubernetes label value")),
    "Labels of the nodes.",
    { workload: "api" },
  ).default({}),
  taints: field(
    z.array(
      z.strictObject({
        key: field(checked(is.isLabelKey, "is not a Kubernetes taint key"), "Key of the taint.", "workload"),
        value: field(
          scalar(is.isLabelValue, "is not a Kubernetes taint value"),
          "Value of the taint.",
          "ml",
        ).default(""),
        effect: field(
          oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
          "What happens to pods that do not tolerate it.",
          "NoSchedule",
        ),
      }),
    ),
    "Taints of the nodes. Services that name the pool get the tolerations.",
    [{ key: "workload", value: "ml", effect: "NoSchedule" }],
  ).default([]),
});

export const clusterSchema = z.strictObject({
  name: field(label(), "Name of the cluster.", "kai-staging"),
  region: field(
    checked(
      (value) => DIGITALOCEAN_REGIONS.includes(value),
      `is not a region with Kubernetes: ${DIGITALOCEAN_REGIONS.join(", ")}`,
    ),
    "DigitalOcean region.",
    "ams3",
  ),
  versionPrefix: field(
    scalar(
      (value) => /^1\.\d{1,2}\.$/.test(value),
      "is not of the form `1.33.` (minor version with a dot at the end)",
    ),
    "Kubernetes minor version at creation; the newest patch of it is taken, and later versions are DigitalOcean's upgrades.",
    "1.33.",
  ),
  highlyAvailable: field(
    z.boolean(),
    "Replicated control plane. Cannot be switched off again.",
    true,
  ).default(false),
  autoUpgrade: field(z.boolean(), "Patch upgrades in the maintenance window.", true).default(true),
  maintenance: field(
    z.strictObject({
      day: field(
        oneOf(["any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
        "Day of the maintenance window.",
        "sunday",
      ).default("sunday"),
      startTime: field(
        checked(
          (value) => /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
          "is not a time of day such as 04:00; quote it in YAML",
        ),
        "Start of the maintenance window, UTC, 24 hours.",
        "04:00",
      ).default("04:00"),
    }),
    "When DigitalOcean may upgrade.",
    { day: "sunday", startTime: "04:00" },
  ).prefault({}),
  vpcRange: field(range(), "Address range of the VPC; private, /16 to /24.", "10.10.0.0/20"),
  clusterSubnet: field(
    range(),
    "Address range of the pods; private, unique to the cluster. Cannot be changed.",
    "10.100.0.0/16",
  ),
  serviceSubnet: field(
    range(),
    "Address range of the services; private, unique to the cluster. Cannot be changed.",
    "10.101.0.0/19",
  ),
  systemPool: field(
    z.strictObject({
      size: field(
        checked((value) => /^[a-z0-9]+(-[a-z0-9.]+)+$/.test(value), "is not a DigitalOcean size"),
        "Droplet size. A change replaces the whole cluster.",
        "s-2vcpu-4gb",
      ).default("s-2vcpu-4gb"),
      count: field(integer(1, 50), "Number of nodes.", 1).default(1),
    }),
    "The cluster's own small node pool, without taints.",
    { size: "s-2vcpu-4gb", count: 1 },
  ).prefault({}),
  pools: field(z.array(poolSchema), "Autoscaled node pools for the workloads.", [
    { name: "workers", size: "s-2vcpu-4gb", min: 1, max: 5 },
  ]).default([]),
  destroyAssociatedResources: field(
    z.boolean(),
    "Whether destroying the cluster also destroys its load balancers and volumes.",
    false,
  ).default(false),
});

export const namespaceSchema = z.strictObject({
  name: field(
    checked(
      (value) => is.isDnsLabel(value) && !RESERVED_NAMESPACES.includes(value) && !value.startsWith("kube-"),
      "is not a namespace name: at most 63 lower-case letters, digits and dashes, a letter first, none that Kubernetes keeps for itself",
    ),
    "Kubernetes namespace of the workloads.",
    "kai-staging",
  ),
  podSecurity: field(
    oneOf(["restricted", "baseline", "privileged"]),
    "Pod security level that the namespace enforces.",
    "restricted",
  ).default("restricted"),
  quota: field(
    z.strictObject({
      pods: field(integer(1, 10_000), "Most pods.", 100).default(100),
      cpu: field(
        scalar(is.isCpu, "is not a cpu quantity"),
        "Most cores that pods may request together.",
        "8",
      ).default("8"),
      memory: field(
        scalar(is.isMemory, "is not a memory quantity"),
        "Most memory that pods may request together.",
        "16Gi",
      ).default("16Gi"),
    }),
    "Budget of the namespace. It must leave room for one more pod of each service during a rolling update.",
    { pods: 100, cpu: "8", memory: "16Gi" },
  ).prefault({}),
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
    text(),
    "User that pushes and pulls images; lower-cased, it is part of every image name.",
    "basilakis",
  ),
});

export const migrationsSchema = z.strictObject({
  directory: field(
    checked(is.isRelativeDirectory, "is not a folder relative to the project, without .."),
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
  adopt: field(
    z.record(z.string(), text()),
    "Existing objects to take over: logical resource name to the provider's import id. Remove after the first `up`.",
    { "kai-vpc": "5a4981aa-9653-4bd1-bef5-d6bff52042e4" },
  ),
};
