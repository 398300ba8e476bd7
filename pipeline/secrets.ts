import type { SecretKey, Settings } from "../settings.ts";
import {
  deployJob,
  driftJob,
  IMAGES,
  type Job,
  type JobRole,
  NOTIFY,
  planJob,
  previewJob,
  tellJob,
  upJob,
} from "./jobs.ts";
import { databaseUrl, IMAGES_ENVIRONMENT, label, siteSecrets } from "./names.ts";

/** Where the value of a secret comes from. */
export type SecretSource =
  /** `kai:<key>`, set by a person. */
  | { kind: "configuration"; key: SecretKey }
  /** A plain setting, such as the registry's host: no secret by nature, but the specification makes it one. */
  | { kind: "setting"; value: string }
  /** An output of a site's component in the same stack. */
  | { kind: "output"; site: string; output: "vercelProjectId" | "bucketName" | "distributionId" }
  /** The id of the Vercel team, an output of any Vercel project. */
  | { kind: "vercel-team" }
  /** A credential that the stack mints with the least rights that its reader needs. */
  | {
      kind: "credential";
      credential: "kubeconfig" | "aws-access-key-id" | "aws-secret-access-key" | "aws-role-arn";
    }
  /** `kai:<key>` when it is set, a random value that stays the same otherwise. */
  | { kind: "generated"; key: SecretKey };

/** One secret of GitHub Actions. */
export interface SecretRow {
  /** Name, as workflows read it. */
  name: string;
  /** `repository`: every job sees it. `environment`: only jobs of the environments below. */
  scope: "repository" | "environment";
  /** GitHub environments that hold it: those of its readers. None for a secret of the repository. */
  environments: string[];
  source: SecretSource;
  /** Jobs that read it. */
  readers: Job[];
  /** Whether the specification names it; the rest are additions, each with its reason beside it below. */
  specification: boolean;
  /** Whether it may be unset; its readers must do without it then. */
  optional: boolean;
}

/**
 * The table of secrets of one stack: those of its environment, and those of the repository (which only the stack with
 * `ownsRepository` creates).
 */
export function secretTable(settings: Settings): SecretRow[] {
  const { clouds } = settings;
  return [
    ...(clouds.vercel ? vercelRows(settings) : []),
    ...(clouds.digitalocean ? clusterRows(settings) : []),
    ...(clouds.aws ? awsRows(settings) : []),
    ...(clouds.database ? databaseRows(settings) : []),
    ...infrastructureRows(settings),
  ];
}

/** Rows that the stack itself creates: optional ones only when their value is set. */
export function ownedSecrets(settings: Settings): SecretRow[] {
  return secretTable(settings).filter(
    ({ environments, optional, source }) =>
      // The repository itself and the environment of the images are the owner's.
      (settings.ownsRepository || environments.some((environment) => environment !== IMAGES_ENVIRONMENT)) &&
      !(optional && source.kind === "configuration" && !settings.secrets.has(source.key)),
  );
}

/** Rows that the stack creates in one of its environments, or in the repository itself where none is given. */
export function secretsIn(settings: Settings, environment?: string): SecretRow[] {
  return ownedSecrets(settings).filter(({ scope, environments }) =>
    environment === undefined ? scope === "repository" : environments.includes(environment),
  );
}

function vercelRows(settings: Settings): SecretRow[] {
  const readers = roles(settings, "deploy");
  const all = roles(settings, "deploy", ...RUN_THIS_PROGRAM);
  const sites = settings.sites.filter(({ hosting }) => hosting !== "cloudfront");
  if (sites.length === 0) return [];
  return [
    row("VERCEL_TOKEN", configuration("vercelToken"), all),
    row("VERCEL_ORG_ID", { kind: "vercel-team" }, readers),
    ...sites.map((site) =>
      row(
        siteSecrets(site).vercelProjectId,
        { kind: "output", site: site.name, output: "vercelProjectId" },
        readers,
      ),
    ),
  ];
}

function clusterRows(settings: Settings): SecretRow[] {
  const { registry } = settings;
  const readers = roles(settings, "deploy");
  const infrastructure = roles(settings, ...RUN_THIS_PROGRAM);
  const images = [IMAGES, ...readers];
  return [
    row("DIGITALOCEAN_ACCESS_TOKEN", configuration("digitaloceanAccessToken"), infrastructure),
    // Without services nothing is built and nothing is rolled out.
    ...(settings.services.length > 0
      ? [
          row("KUBE_CONFIG_DATA", { kind: "credential", credential: "kubeconfig" }, readers),
          row("DOCKER_USERNAME", { kind: "setting", value: registry.username }, images),
          row("DOCKER_PASSWORD", configuration("dockerPassword"), [IMAGES]),
          row("DOCKER_REGISTRY", { kind: "setting", value: registry.server }, images),
        ]
      : []),
    row("MONGODB_URI", configuration("mongodbUri"), readers),
    row("JWT_SECRET", { kind: "generated", key: "jwtSecret" }, readers),
  ];
}

function awsRows(settings: Settings): SecretRow[] {
  const readers = roles(settings, "deploy");
  const sites = settings.sites.filter(({ hosting }) => hosting !== "vercel");
  if (sites.length === 0) return [];
  return [
    ...(settings.aws.credentials === "keys"
      ? [
          row("AWS_ACCESS_KEY_ID", { kind: "credential", credential: "aws-access-key-id" }, readers),
          row("AWS_SECRET_ACCESS_KEY", { kind: "credential", credential: "aws-secret-access-key" }, readers),
        ]
      : // The role takes the place of the two keys: nothing that could be stolen is stored.
        [
          row("AWS_ROLE_ARN", { kind: "credential", credential: "aws-role-arn" }, readers, {
            specification: false,
          }),
        ]),
    row("AWS_REGION", { kind: "setting", value: settings.aws.region }, readers),
    ...sites.map((site) =>
      row(siteSecrets(site).bucketName, { kind: "output", site: site.name, output: "bucketName" }, readers),
    ),
    ...sites.map((site) =>
      row(
        siteSecrets(site).distributionId,
        { kind: "output", site: site.name, output: "distributionId" },
        readers,
      ),
    ),
  ];
}

function databaseRows(settings: Settings): SecretRow[] {
  const { name } = settings.environment;
  const readers = roles(settings, "deploy");
  return [
    row("SUPABASE_URL", configuration("supabaseUrl"), readers),
    row("SUPABASE_KEY", configuration("supabaseKey"), readers),
    row(`SUPABASE_URL_${label(name)}`, configuration("supabaseUrl"), readers),
    row(`SUPABASE_KEY_${label(name)}`, configuration("supabaseKey"), readers),
    // A service key speaks to Supabase's REST interface, which cannot change a schema: migrations need a connection.
    row(databaseUrl(name), configuration("databaseUrl"), roles(settings, "deploy", ...RUN_THIS_PROGRAM), {
      specification: false,
    }),
  ];
}

/** What the specification leaves open: notifications, and the credentials of the workflows that run this program. */
function infrastructureRows(settings: Settings): SecretRow[] {
  const runs = roles(settings, ...RUN_THIS_PROGRAM);
  const addition = { specification: false, optional: true } as const;
  return [
    row("SLACK_WEBHOOK", configuration("slackWebhook"), [NOTIFY, tellJob(settings.environment.name)], {
      ...addition,
      scope: "repository",
    }),
    // State in Pulumi Cloud needs the token, state in a bucket the passphrase; an unset one is not read.
    row("PULUMI_ACCESS_TOKEN", configuration("pulumiAccessToken"), runs, addition),
    row("PULUMI_CONFIG_PASSPHRASE", configuration("pulumiPassphrase"), runs, addition),
    // The workflow's own GITHUB_TOKEN may not change rules, environments and secrets, and the prefix GITHUB_ is taken.
    row("KAI_GITHUB_TOKEN", configuration("githubToken"), runs, addition),
  ];
}

/** Jobs that run this program, and need the credentials of its providers. */
const RUN_THIS_PROGRAM: readonly JobRole[] = ["preview", "plan", "up", "drift"];

/** The jobs of the stack's environment that have one of the roles. */
function roles(settings: Settings, ...wanted: JobRole[]): Job[] {
  const jobs = [deployJob, previewJob, planJob, upJob, driftJob].map((job) => job(settings.environment.name));
  return jobs.filter(({ role }) => wanted.includes(role));
}

function configuration(key: SecretKey): SecretSource {
  return { kind: "configuration", key };
}

function row(
  name: string,
  source: SecretSource,
  readers: Job[],
  rest: Partial<Pick<SecretRow, "scope" | "specification" | "optional">> = {},
): SecretRow {
  const scope = rest.scope ?? "environment";
  const seen = new Set(readers.flatMap(({ environment }) => environment ?? []));
  return {
    name,
    source,
    readers,
    specification: true,
    optional: false,
    ...rest,
    scope,
    environments: scope === "environment" ? [...seen] : [],
  };
}

/** A workflow's use of a secret. */
export interface SecretRead {
  /** Id of the job. */
  job: string;
  /** Environment the job runs in, if any. */
  environment?: string;
  /** Name after `secrets.`. */
  secret: string;
}

/** Secrets that GitHub itself provides. */
const BUILT_IN: ReadonlySet<string> = new Set(["GITHUB_TOKEN"]);

/**
 * Compares the table with what the workflows read. Reads of another stack's environment must be left out by the
 * caller: this stack does not know them.
 * @returns one sentence for each disagreement, none if the two agree.
 */
export function checkSecrets(table: readonly SecretRow[], reads: readonly SecretRead[]): string[] {
  const rows = new Map(table.map((row) => [row.name, row]));
  const problems = reads.flatMap(({ job, environment, secret }): string[] => {
    if (BUILT_IN.has(secret)) return [];
    const row = rows.get(secret);
    if (!row) return [`job ${job} reads the secret ${secret}, which nothing provides`];
    const declared = row.readers.find(({ id }) => id === job);
    if (!declared) return [`job ${job} reads the secret ${secret}, but is not among its readers`];
    const isVisible =
      row.scope === "repository" || (environment !== undefined && environment === declared.environment);
    return isVisible
      ? []
      : [
          `job ${job} reads the secret ${secret}, which it cannot see from ${environment ?? "outside any environment"}`,
        ];
  });
  const readNames = new Set(reads.map(({ secret }) => secret));
  const unread = table.filter(({ name }) => !readNames.has(name));
  return [
    ...problems,
    ...unread.map(({ name }) => `the secret ${name} is provided, but no workflow reads it`),
  ];
}
