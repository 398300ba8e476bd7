/** The environment in which a command meets a world, and none of the user's own accounts. */
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Engine } from "../engine/engine.ts";
import { engineEnvironment } from "../engine/environment.ts";
import { databaseUrl } from "../pipeline/names.ts";
import type { Credentials } from "./credentials.ts";
import type { GitHubServer } from "./github/http/server.ts";
import { type Providers, pluginVariables } from "./plugin.ts";

/** Where a world's parts can be met. */
export interface Whereabouts {
  /** The world's folder. */
  directory: string;
  /** The user's project. */
  program: string;
  engine: Engine;
  credentials: Credentials;
  /** Connection strings by stack. */
  databases: Record<string, string>;
  /** The value of PULUMI_DEBUG_PROVIDERS. */
  attach: string;
  /** The simulated GitHub's interface. */
  github: GitHubServer;
  providers: Providers;
}

/** Variables of the user's own accounts that must not reach anything in the sandbox. */
const FOREIGN =
  /^(AWS_|GITHUB_|GH_|DIGITALOCEAN_|SPACES_|VERCEL_|PULUMI_|DATABASE_URL|KUBECONFIG$|PG[A-Z]+$|HTTPS?_PROXY$)/i;

/** A command's environment: the user's own without their accounts, and over it the variables of the world. */
export function environmentIn(world: NodeJS.ProcessEnv, own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(own).filter(([name]) => !FOREIGN.test(name)));
  return { ...kept, ...world, PATH: [world.PATH, own.PATH].filter(Boolean).join(delimiter) };
}

/** The variables of a world; nothing of the user's environment is among them. PATH holds what goes before theirs. */
export function worldVariables(whereabouts: Whereabouts): NodeJS.ProcessEnv {
  const { directory, program, engine, credentials, databases, attach, github, providers } = whereabouts;
  const project = join(directory, "project");
  const base = engineEnvironment(engine, {}, program);
  return {
    ...base,
    PATH: [join(directory, "bin"), base.PATH].join(delimiter),
    PULUMI_HOME: join(directory, "home"),
    PULUMI_BACKEND_URL: pathToFileURL(join(directory, "state")).href,
    PULUMI_CONFIG_PASSPHRASE: credentials.passphrase,
    PULUMI_OPTION_CWD: project,
    // The language host of the Go build does not tell the program where its project is.
    PULUMI_NODEJS_ROOT_DIRECTORY: project,
    PULUMI_DEBUG_PROVIDERS: attach,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NODE_COMPILE_CACHE: join(directory, "home/compile-cache"),
    GITHUB_TOKEN: credentials.githubToken,
    // The addresses that GitHub's own runner gives to jobs, and that Octokit's users read.
    GITHUB_SERVER_URL: github.url,
    GITHUB_API_URL: github.url,
    GITHUB_GRAPHQL_URL: `${github.url}/graphql`,
    ...(providers === "real" && pluginVariables(github)),
    ...peopleVariables(github),
    GH_CONFIG_DIR: join(directory, "home/gh"),
    DIGITALOCEAN_TOKEN: credentials.digitaloceanToken,
    AWS_ACCESS_KEY_ID: credentials.awsAccessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.awsSecretAccessKey,
    VERCEL_API_TOKEN: credentials.vercelToken,
    // A file that is not there: without the variable `kubectl` would take the user's own cluster.
    KUBECONFIG: join(directory, "home/no-kubeconfig"),
    ...Object.fromEntries(Object.entries(databases).map(([stack, url]) => [databaseUrl(stack), url])),
    ...databaseVariables(databases.staging ?? Object.values(databases)[0]),
  };
}

/** To try what others may do: `GITHUB_TOKEN_ELENI_DEV`; `GITHUB_TOKEN_GITHUB_ACTIONS_BOT` is a job's. */
function peopleVariables({ tokens }: GitHubServer): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(tokens).map(([login, token]) => {
      const name = login
        .toUpperCase()
        .replaceAll(/[^A-Z0-9]+/g, "_")
        .replace(/_$/, "");
      return [`GITHUB_TOKEN_${name}`, token];
    }),
  );
}

/** What `psql` and `kai migrate` without arguments connect to. */
function databaseVariables(url: string | undefined): NodeJS.ProcessEnv {
  if (url === undefined) return {};
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    DATABASE_URL: url,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: pathname.slice(1),
    PGSSLMODE: "disable",
  };
}
