/** By which id each type is imported, and how it is found. From the providers' documentation, "Import". No I/O. */
import { isObject, type Properties } from "../drift/properties.ts";
import type { Candidate } from "./candidates.ts";

/** What can be asked of the clouds; each answers undefined where there is no such object. */
export interface Finder {
  vpc(name: string): Promise<string | undefined>;
  cluster(name: string): Promise<string | undefined>;
  nodePool(clusterId: string, name: string): Promise<string | undefined>;
  ruleset(repository: string, name: string): Promise<string | undefined>;
  cachePolicy(name: string): Promise<string | undefined>;
  responseHeadersPolicy(name: string): Promise<string | undefined>;
  /** The ARNs of all distributions that carry these tags. */
  distributions(tags: Record<string, string>): Promise<string[]>;
  /** ARN of the newest certificate for the domain that carries the tags. */
  certificate(domain: string, region: string, tags: Record<string, string>): Promise<string | undefined>;
  /** Ids of a user's access keys, the newest first. */
  accessKeys(user: string): Promise<string[]>;
  accountId(): Promise<string>;
  vercelProject(name: string): Promise<string | undefined>;
  vercelVariable(projectId: string, key: string): Promise<string | undefined>;
}

/** What an id is found with. */
export interface Sources {
  find: Finder;
  /** Ids that the stack has already: what they name is not lost. */
  ownIds: ReadonlySet<string>;
  /** Whether the stack has a namespace: nothing can be in one that is not there. */
  hasNamespace: boolean;
  /** The state knows of creations that were cut off: what it does not name was not under way. */
  knowsCut: boolean;
  /** Name of the repository; where a type takes its node id, the import still takes the name. */
  repository: string;
}

/** Where an object is. */
export type Whereabouts =
  /** If it exists it has this id. */
  | { kind: "id"; id: string; renew?: true }
  /** It cannot exist: what it is found by is not known yet, or the cloud has none. */
  | { kind: "absent" }
  /** Its creation may be repeated: the second one finds the first one's object. */
  | { kind: "repeatable" }
  /** Somebody has to look; `steps` says how, the commands on lines of their own. A guess: nothing speaks for it. */
  | { kind: "by hand"; reason: string; steps: string[]; isGuess?: true };

type Rule = (
  candidate: Candidate,
  sources: Sources,
) => Whereabouts | string | undefined | Promise<Whereabouts | string | undefined>;

const absent: Whereabouts = { kind: "absent" };
const repeatable: Rule = () => ({ kind: "repeatable" });

/**
 * Where the object of a candidate is. Asks the clouds where the id cannot be derived.
 * @throws what the finder throws when a cloud does not answer
 */
export async function whereabouts(candidate: Candidate, sources: Sources): Promise<Whereabouts> {
  const rule = ruleOf(candidate.type) ?? unknownType;
  const found = await rule(candidate, sources);
  if (found === undefined) return absent;
  if (typeof found === "string") return { kind: "id", id: found };
  const isGuess = found.kind === "by hand" && found.isGuess;
  return isGuess && sources.knowsCut && !candidate.isPending ? absent : found;
}

function ruleOf(type: string): Rule | undefined {
  if (Object.hasOwn(rules, type)) return rules[type];
  // A patch is applied to whatever is there.
  if (type.startsWith("kubernetes:")) return type.endsWith("Patch") ? repeatable : kubernetesObject;
  return undefined;
}

/** The id made of inputs by name; undefined while any is not known. */
function joined(...names: string[]): Rule {
  return ({ inputs }) => {
    const values = names.map((name) => text(inputs, name));
    return values.includes(undefined) ? undefined : values.join(":");
  };
}

/** The id that a lookup by one input gives. */
function foundBy(name: string, lookup: (find: Finder, value: string) => Promise<string | undefined>): Rule {
  return ({ inputs }, { find }) => {
    const value = text(inputs, name);
    return value === undefined ? undefined : lookup(find, value);
  };
}

const kubernetesObject: Rule = (candidate, { hasNamespace }) => {
  const { inputs, isPending } = candidate;
  const metadata = isObject(inputs.metadata) ? inputs.metadata : {};
  const [name, namespace] = [text(metadata, "name"), text(metadata, "namespace")];
  // The plugin makes such a name anew in each run: only the state of a run that was cut off knows the one it used.
  if (isAutonamed(metadata) && !isPending) {
    return namespace && hasNamespace ? autonamed(candidate, namespace) : undefined;
  }
  // A namespaced object without its namespace cannot be told from a global one: the program always names it.
  return name && namespace ? `${namespace}/${name}` : name;
};

function isAutonamed({ annotations }: Properties): boolean {
  return isObject(annotations) && annotations["pulumi.com/autonamed"] === "true";
}

function autonamed({ name, type }: Candidate, namespace: string): Whereabouts {
  const kind = type.split(":").at(-1)?.toLowerCase() ?? type;
  return {
    kind: "by hand",
    isGuess: true,
    reason:
      "its name ends in characters that each run chooses anew, so one that was made while its answer was lost is not known",
    steps: [
      `Look for any whose name begins with ${name}-, and delete it; the next up makes a new one:`,
      `kubectl --namespace ${namespace} get ${kind} --output name`,
      `kubectl --namespace ${namespace} delete ${kind} NAME`,
    ],
  };
}

const nodePool: Rule = ({ inputs }, { find }) => {
  const [cluster, name] = [text(inputs, "clusterId"), text(inputs, "name")];
  return cluster && name ? find.nodePool(cluster, name) : undefined;
};

const ruleset: Rule = async ({ inputs }, { find }) => {
  const [repository, name] = [text(inputs, "repository"), text(inputs, "name")];
  const id = repository && name ? await find.ruleset(repository, name) : undefined;
  return id && `${repository}:${id}`;
};

const branchProtection: Rule = ({ inputs }, { repository }) => {
  const pattern = text(inputs, "pattern");
  return pattern && `${repository}:${pattern}`;
};

const oidcProvider: Rule = async ({ inputs }, { find }) => {
  const host = text(inputs, "url")?.replace("https://", "");
  return host && `arn:aws:iam::${await find.accountId()}:oidc-provider/${host}`;
};

const certificate: Rule = async ({ inputs }, { find, ownIds }) => {
  const domain = text(inputs, "domainName");
  if (!domain) return undefined;
  const arn = await find.certificate(domain, text(inputs, "region") ?? "us-east-1", tagsOf(inputs));
  return arn && !ownIds.has(arn) ? arn : undefined;
};

const distribution: Rule = async (candidate, { find, ownIds }) => {
  const tags = tagsOf(candidate.inputs);
  if (!("site" in tags)) return undefined;
  const arns = await find.distributions(tags);
  const lost = arns.map((arn) => arn.split("/").at(-1) ?? arn).filter((id) => !ownIds.has(id));
  if (lost.length <= 1) return lost[0];
  return {
    kind: "by hand",
    reason: `CloudFront has several distributions with its tags: ${lost.join(", ")}`,
    steps: [
      "Keep one, disable and delete the others in the console, and take the one over with",
      adopt(candidate, "ID"),
    ],
  };
};

/** The API lists them, but no data source does. */
const originAccessControl: Rule = (candidate) => ({
  kind: "by hand",
  isGuess: true,
  reason: "the AWS provider cannot look origin access controls up by name",
  steps: [
    "Look whether CloudFront has one; where the first command prints an id, run the second with it:",
    `aws cloudfront list-origin-access-controls --query "OriginAccessControlList.Items[?Name=='${text(candidate.inputs, "name")}'].Id" --output text`,
    adopt(candidate, "ID"),
  ],
});

/**
 * The secret of a key is answered once, to the engine that died. The key of a creation that the state knows of is
 * replaced; one that only might be ours could be somebody's key in use.
 */
const accessKey: Rule = async ({ inputs, isPending, name }, { find, ownIds }) => {
  const user = text(inputs, "user");
  const lost = user ? (await find.accessKeys(user)).filter((id) => !ownIds.has(id)) : [];
  const [newest] = lost;
  if (newest === undefined) return undefined;
  if (isPending) return { kind: "id", id: newest, renew: true };
  return {
    kind: "by hand",
    reason: `the user ${user} has access keys that the state does not know (${lost.join(", ")}), and nobody can read their secrets again for ${name}`,
    steps: [
      "Delete each that nobody uses; the next up makes a new one:",
      ...lost.map((id) => `aws iam delete-access-key --user-name ${user} --access-key-id ${id}`),
    ],
  };
};

const vercelVariable: Rule = async ({ inputs }, { find }) => {
  const [project, key] = [text(inputs, "projectId"), text(inputs, "key")];
  const id = project && key ? await find.vercelVariable(project, key) : undefined;
  return id && `${project}/${id}`;
};

const vercelDomain: Rule = ({ inputs }) => {
  const [project, domain] = [text(inputs, "projectId"), text(inputs, "domain")];
  return project && domain && `${project}/${domain}`;
};

/** Import ids by type. What is not here and not Kubernetes' is left to a person. */
const rules: Record<string, Rule> = {
  "github:index/repository:Repository": joined("name"),
  "github:index/branch:Branch": joined("repository", "branch"),
  "github:index/repositoryRuleset:RepositoryRuleset": ruleset,
  "github:index/branchProtection:BranchProtection": branchProtection,
  // Written by PUT, or, for the policy, answered with the one that exists (303).
  "github:index/branchDefault:BranchDefault": repeatable,
  "github:index/repositoryEnvironment:RepositoryEnvironment": repeatable,
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": repeatable,
  "github:index/actionsSecret:ActionsSecret": repeatable,
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": repeatable,
  "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions": repeatable,
  "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions": repeatable,

  "digitalocean:index/vpc:Vpc": foundBy("name", (find, name) => find.vpc(name)),
  "digitalocean:index/kubernetesCluster:KubernetesCluster": foundBy("name", (find, name) =>
    find.cluster(name),
  ),
  "digitalocean:index/kubernetesNodePool:KubernetesNodePool": nodePool,

  "aws:s3/bucket:Bucket": joined("bucket"),
  // Parts of a bucket are written by PUT.
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": repeatable,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": repeatable,
  "aws:s3/bucketVersioning:BucketVersioning": repeatable,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": repeatable,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": repeatable,
  "aws:s3/bucketPolicy:BucketPolicy": repeatable,
  "aws:cloudfront/function:Function": joined("name"),
  "aws:cloudfront/cachePolicy:CachePolicy": foundBy("name", (find, name) => find.cachePolicy(name)),
  "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": foundBy("name", (find, name) =>
    find.responseHeadersPolicy(name),
  ),
  "aws:cloudfront/originAccessControl:OriginAccessControl": originAccessControl,
  "aws:cloudfront/distribution:Distribution": distribution,
  "aws:acm/certificate:Certificate": certificate,
  "aws:iam/user:User": joined("name"),
  "aws:iam/role:Role": joined("name"),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": oidcProvider,
  "aws:iam/accessKey:AccessKey": accessKey,
  // Written by Put…Policy, and lists that are brought to what they should be.
  "aws:iam/userPolicy:UserPolicy": repeatable,
  "aws:iam/rolePolicy:RolePolicy": repeatable,
  "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": repeatable,
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": repeatable,
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": repeatable,
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": repeatable,

  "vercel:index/project:Project": foundBy("name", (find, name) => find.vercelProject(name)),
  "vercel:index/projectDomain:ProjectDomain": vercelDomain,
  "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": vercelVariable,
};

const unknownType: Rule = (candidate) => ({
  kind: "by hand",
  isGuess: true,
  reason: `kai does not know how ${candidate.type} is imported`,
  steps: [
    "Look in the cloud whether it exists. If so, take it over with the id that the provider's documentation names under Import:",
    adopt(candidate, "ID"),
  ],
});

function adopt({ name, urn }: Candidate, id: string): string {
  const stack = urn.split(":")[2] ?? "";
  return `pulumi config set --path 'kai:adopt["${name}"]' ${id} --stack ${stack}`;
}

function text(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function tagsOf({ tags }: Properties): Record<string, string> {
  const entries = Object.entries(isObject(tags) ? tags : {});
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}
