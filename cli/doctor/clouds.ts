/** Whether the clouds take the credentials of the environment: one read each, where it is cheap. */
import { withClient } from "../../database/target.ts";
import { UserError } from "../../errors.ts";
import { daysUntil, SOON } from "../../github/doctor/credentials.ts";
import { error, type Finding, type Found, note, unchecked, warning } from "../../github/doctor/finding.ts";
import { isTokenText, NO_TOKEN } from "../../github/token.ts";
import { databaseUrl } from "../../pipeline/names.ts";
import type { Settings } from "../../settings.ts";

/** Milliseconds that a cloud has for its answer. */
const PATIENCE = 10_000;

/** A cloud whose credentials can be asked about. */
interface Cloud {
  name: "digitalocean" | "vercel" | "aws";
  title: string;
  ask(env: NodeJS.ProcessEnv): Promise<Found[]> | Found[];
}

/** Its requests are signed, and its own command line does that. */
const AWS: Cloud = {
  name: "aws",
  title: "AWS",
  ask: () => [note("AWS's credentials are not checked here.", "aws sts get-caller-identity")],
};

/** One request that tells whether a token is taken. */
interface Probe {
  title: string;
  variable: string;
  /** Where a new token is made. */
  page: string;
  /** The request. */
  url(env: NodeJS.ProcessEnv): string;
  /** When the token expires, in milliseconds since 1970, where the answer tells. */
  expires?(body: unknown): number | undefined;
}

const DIGITALOCEAN: Probe = {
  title: "DigitalOcean",
  variable: "DIGITALOCEAN_TOKEN",
  page: "cloud.digitalocean.com/account/api/tokens",
  // The variable is the provider's own. `regions:read` is among the least rights, `account:read` is not.
  url: (env) => `${env.DIGITALOCEAN_API_URL ?? "https://api.digitalocean.com"}/v2/regions?per_page=1`,
};

const VERCEL: Probe = {
  title: "Vercel",
  variable: "VERCEL_API_TOKEN",
  page: "vercel.com/account/tokens",
  // vercel.com/docs/rest-api/authentication/get-auth-token-metadata
  url: () => "https://api.vercel.com/v5/user/tokens/current",
  expires: (body) => (body as { token?: { expiresAt?: number } }).token?.expiresAt,
};

const CLOUDS: readonly Cloud[] = [
  { name: "digitalocean", title: DIGITALOCEAN.title, ask: (env) => askCloud(DIGITALOCEAN, env) },
  { name: "vercel", title: VERCEL.title, ask: (env) => askCloud(VERCEL, env) },
  AWS,
];

/**
 * Asks the clouds that any stack uses.
 * @param env where `PULUMI_DEBUG_PROVIDERS` names a cloud, the engine meets another one than its address does
 */
export async function checkClouds(stacks: readonly Settings[], env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const isUsed = (name: keyof Settings["clouds"]) => stacks.some(({ clouds }) => clouds[name]);
  const attached = new Set((env.PULUMI_DEBUG_PROVIDERS ?? "").split(",").map((entry) => entry.split(":")[0]));
  const all = CLOUDS.filter(({ name }) => isUsed(name));
  const elsewhere = all.filter(({ name }) => attached.has(name)).map(({ title }) => title);
  const asked = all.filter(({ name }) => !attached.has(name)).map(async (cloud) => cloud.ask(env));
  const found = [...(await Promise.all(asked)).flat(), ...elsewhereNote(elsewhere)];
  return found.map((one) => ({ check: "cloud-credentials", ...one }));
}

function elsewhereNote(titles: readonly string[]): Found[] {
  if (titles.length === 0) return [];
  return [
    note(
      `The credentials of ${titles.join(", ")} are not checked: PULUMI_DEBUG_PROVIDERS attaches the engine to clouds without an address, as in the sandbox.`,
    ),
  ];
}

async function askCloud(probe: Probe, env: NodeJS.ProcessEnv): Promise<Found[]> {
  const { title, variable, page } = probe;
  const token = env[variable]?.trim();
  if (!token) return [unchecked(`${title}: ${variable} is not set.`, `export ${variable}=…`)];
  if (!isTokenText(token)) return [error(`${title}: ${variable} ${NO_TOKEN}`, `Make a new one (${page}).`)];
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(probe.url(env), {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok && probe.expires) body = await answer.json();
  } catch (cause) {
    const { code, message } = ((cause as Error).cause ?? cause) as Error & { code?: string };
    if (cause instanceof SyntaxError)
      return [unchecked(`${title} answered a page that says nothing about ${variable}.`)];
    return [unchecked(`${title} could not be reached (${code ?? message}).`)];
  }
  if (answer.status === 401)
    return [
      error(
        `${title} refuses ${variable} (401): it is mistyped, revoked or expired.`,
        `Make a new one (${page}).`,
      ),
    ];
  if (!answer.ok)
    return [unchecked(`${title} answered ${answer.status} when it was asked about ${variable}.`)];
  const days = daysUntil(probe.expires?.(body), Date.now());
  return days > SOON ? [] : [warning(`${variable} expires in ${days} day(s).`, `Make a new one (${page}).`)];
}

/** Whether the databases that migrations go to answer. */
export async function checkDatabases(
  stacks: readonly Settings[],
  env: NodeJS.ProcessEnv,
): Promise<Finding[]> {
  const found = stacks.filter(({ clouds }) => clouds.database).map((stack) => askDatabase(stack, env));
  return (await Promise.all(found)).flat().map((one) => ({ check: "database", ...one }));
}

async function askDatabase({ stack, environment }: Settings, env: NodeJS.ProcessEnv): Promise<Found[]> {
  const variable = databaseUrl(environment.name);
  const connectionString = env[variable];
  if (!connectionString) {
    return [unchecked(`The database of ${stack}: ${variable} is not set.`, `export ${variable}=…`)];
  }
  try {
    await withClient({ connectionString }, (client) => client.query("select 1"));
    return [];
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    return [error(`The database of ${stack} (${variable}): ${cause.message}`, `Correct ${variable}.`)];
  }
}
