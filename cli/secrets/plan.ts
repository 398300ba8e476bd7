/** What a rotation does in one stack, by where the value comes from. No I/O. */
import { nameOf } from "../../engine/urn.ts";
import { UserError } from "../../errors.ts";
import { NAMESPACE_NAMES } from "../../pipeline/names.ts";
import { ownedSecrets, type SecretRow, secretTable } from "../../pipeline/secrets.ts";
import type { SecretKey, Settings } from "../../settings.ts";

/** Where a new value comes from. */
export type Renewal =
  /** A resource that holds the value is made a second time; the engine deletes the old one when all readers have the new. */
  | { kind: "resource"; resource: keyof typeof MINTED }
  /** A person brings it. */
  | { kind: "configuration"; key: SecretKey };

/** Logical name of a resource → what it is. All are made before the old one is deleted. */
export const MINTED = {
  "deployer-token": "the token of the account that rolls out",
  "site-deployer-key": "the access key of the IAM user that uploads the sites",
  "jwt-secret": "the generated key",
} as const;

const CREDENTIALS = {
  kubeconfig: "deployer-token",
  "aws-access-key-id": "site-deployer-key",
  "aws-secret-access-key": "site-deployer-key",
} as const;

/**
 * How a secret of a stack is renewed.
 * @returns undefined where the stack has no such secret
 * @throws UserError for a secret that is no credential
 */
export function renewalOf(settings: Settings, name: string): Renewal | undefined {
  const row = secretTable(settings).find((one) => one.name === name);
  if (!row || !isHeld(settings, row)) return undefined;
  const { source } = row;
  switch (source.kind) {
    case "configuration":
      return { kind: "configuration", key: source.key };
    case "generated":
      return settings.secrets.has(source.key)
        ? { kind: "configuration", key: source.key }
        : { kind: "resource", resource: "jwt-secret" };
    case "credential":
      if (source.credential === "aws-role-arn")
        throw new UserError(`${name} is the name of a role: nothing is stored that could be rotated.`);
      return { kind: "resource", resource: CREDENTIALS[source.credential] };
    default:
      throw new UserError(`${name} is no credential: it follows the configuration and what the stack makes.`);
  }
}

/** Whether the stack has the value: on GitHub, or, as the registry's password, in its cluster alone. */
function isHeld(settings: Settings, { name, source }: SecretRow): boolean {
  if (ownedSecrets(settings).some((row) => row.name === name)) return true;
  return source.kind === "configuration" && inClusterOf(settings, source.key) !== undefined;
}

/** The secrets of the stack that change with it: an access key has two, and a value may have several names. */
export function changedWith(settings: Settings, renewal: Renewal): SecretRow[] {
  return ownedSecrets(settings).filter(({ name, source }) => {
    if (!["configuration", "generated", "credential"].includes(source.kind)) return false;
    if (source.kind === "credential" && source.credential === "aws-role-arn") return false;
    const other = renewalOf(settings, name);
    return other !== undefined && idOf(other) === idOf(renewal);
  });
}

function idOf(renewal: Renewal): string {
  return renewal.kind === "resource" ? renewal.resource : renewal.key;
}

/** A resource of the state, as far as a rotation looks at it. */
export interface StateResource {
  urn: string;
  type: string;
  /** Replaced already, and about to be deleted: a rotation stopped on the way. */
  delete?: boolean;
}

/** The engine's arguments that say what is made anew and what may change with it. */
export interface Targets {
  /** Made a second time; absent where that was done before a rotation stopped, or a person brings the value. */
  replace?: string;
  targets: string[];
  /** The last rotation stopped on the way: this one ends it. */
  continues: boolean;
}

/** @throws UserError where the stack has not made what is to be renewed */
export function targetsOf(
  settings: Settings,
  renewal: Renewal,
  resources: readonly StateResource[],
): Targets {
  const present = resources.filter((one) => !one.delete);
  const urns = (names: readonly string[]) =>
    present.filter(({ urn }) => names.includes(nameOf(urn))).map(({ urn }) => urn);
  const wanted = renewal.kind === "resource" ? [renewal.resource] : readersOf(settings, renewal);
  const targets = urns(wanted);
  if (targets.length === 0) {
    throw new UserError(
      `The stack ${settings.stack} has not made this secret yet. Run \`pulumi up --stack ${settings.stack}\` first.`,
    );
  }
  if (renewal.kind === "configuration") return { targets, continues: false };
  const continues = resources.some((one) => one.delete && nameOf(one.urn) === renewal.resource);
  return { ...(!continues && { replace: targets[0] as string }), targets, continues };
}

/** The namespace's Secrets by the configuration that is in them: logical name (`components/namespace.ts`) and name. */
const APPLICATION = { resource: "namespace-secrets", name: NAMESPACE_NAMES.secrets } as const;
const IN_CLUSTER: Partial<Record<SecretKey, { resource: string; name: string }>> = {
  mongodbUri: APPLICATION,
  jwtSecret: APPLICATION,
  supabaseUrl: APPLICATION,
  supabaseKey: APPLICATION,
  dockerPassword: { resource: "namespace-pull-secret", name: NAMESPACE_NAMES.pullSecret },
};

function inClusterOf({ clouds }: Settings, key: SecretKey) {
  return clouds.digitalocean ? IN_CLUSTER[key] : undefined;
}

/** Logical names of what holds a configured value; what depends on it, such as the pods, follows by itself. */
function readersOf(settings: Settings, renewal: Extract<Renewal, { kind: "configuration" }>): string[] {
  const inCluster = inClusterOf(settings, renewal.key);
  return [
    ...(inCluster ? [inCluster.resource] : []),
    ...changedWith(settings, renewal).flatMap(({ name, scope, environments }) =>
      scope === "repository" ? [`repository-${name}`] : environments.map((at) => `${at}-secret-${name}`),
    ),
  ];
}

/** Who has the new value afterwards, in words. */
export function describeReaders(settings: Settings, renewal: Renewal): string {
  const rows = changedWith(settings, renewal);
  const places = [...new Set(rows.flatMap(({ environments }) => environments))];
  const isShared = rows.some(({ scope }) => scope === "repository");
  const github = isShared ? "the repository" : `the environment(s) ${places.join(", ")}`;
  const names = rows.map(({ name }) => name).join(", ");
  const key = renewal.kind === "configuration" ? renewal.key : "jwtSecret";
  const inCluster =
    renewal.kind === "configuration" || renewal.resource === "jwt-secret"
      ? inClusterOf(settings, key)
      : undefined;
  return [
    ...(rows.length > 0 ? [`${names} in ${github} on GitHub`] : []),
    ...(inCluster ? [`the cluster's ${inCluster.name} (what reads it rolls over)`] : []),
  ].join(", and ");
}
