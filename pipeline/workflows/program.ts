import type { Settings } from "../../settings.ts";
import { databaseUrl } from "../names.ts";
import { secretTable } from "../secrets.ts";
import { expression, secretReader } from "./expressions.ts";
import { cloudfrontSites } from "./frontend.ts";
import { ACTIONS } from "./pins.ts";
import { programTools } from "./steps.ts";
import type { Permissions, Step, Variables } from "./types.ts";

/**
 * Configuration variables of GitHub that the workflows of this program read. They are no secrets, and a person sets
 * them (repository or environment settings, Actions variables), because they must be there before the first run.
 */
export const WORKFLOW_VARIABLES = {
  /** Where the state is when it is not in Pulumi Cloud: `s3://…`, `gs://…`, `azblob://…`. Of the repository. */
  backend: "PULUMI_BACKEND_URL",
  /**
   * ARN of the AWS role that this program runs with: may manage the sites in the environment, may only read in its
   * inspection and preview environments. Of each environment.
   */
  awsRole: "PROVISIONER_ROLE_ARN",
} as const;

/** The program, its engine and AWS credentials: what comes before any `pulumi` or `kai drift`. */
export function prepareProgram(settings: Settings): Step[] {
  return [...programTools(settings), ...(usesAws(settings) ? [assumeRole(settings)] : [])];
}

/** Whether the stack has anything on AWS. */
export function usesAws(settings: Settings): boolean {
  return cloudfrontSites(settings).length > 0;
}

/** What a job that runs this program may do: read the repository, and prove to AWS who it is. */
export function programPermissions(settings: Settings): Permissions {
  return { contents: "read", ...(usesAws(settings) ? { "id-token": "write" } : {}) };
}

function assumeRole(settings: Settings): Step {
  const role = expression(`vars.${WORKFLOW_VARIABLES.awsRole}`);
  return {
    name: "Sign in to AWS",
    uses: ACTIONS.awsCredentials.uses,
    with: { "role-to-assume": role, "aws-region": settings.aws.region },
  };
}

/** Credentials of a run of this program, under the names that the engine and the providers read. */
export function programVariables(settings: Settings): Variables {
  const table = secretTable(settings);
  const secret = secretReader(table);
  const wanted = {
    PULUMI_ACCESS_TOKEN: "PULUMI_ACCESS_TOKEN",
    PULUMI_CONFIG_PASSPHRASE: "PULUMI_CONFIG_PASSPHRASE",
    GITHUB_TOKEN: "KAI_GITHUB_TOKEN",
    DIGITALOCEAN_TOKEN: "DIGITALOCEAN_ACCESS_TOKEN",
    VERCEL_API_TOKEN: "VERCEL_TOKEN",
    [databaseUrl(settings.environment.name)]: databaseUrl(settings.environment.name),
  };
  const provided = new Set(table.map(({ name }) => name));
  const credentials = Object.entries(wanted)
    .filter(([, name]) => provided.has(name))
    .map(([variable, name]) => [variable, secret(name)]);
  return {
    STACK: settings.stack,
    PULUMI_BACKEND_URL: expression(`vars.${WORKFLOW_VARIABLES.backend}`),
    ...Object.fromEntries(credentials),
  };
}
