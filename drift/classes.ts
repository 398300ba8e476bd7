/** What a difference is about and how much it matters, so that the worst is read first. No I/O. */
import type { Difference } from "./differences.ts";

/**
 * What a difference touches. `protection`: what keeps changes, deployments and traffic within the rules. `secrets`:
 * credentials and their values. `access`: who may do what. `data`: what is stored, and what keeps it from being lost.
 * `capacity`: whether and how much of it runs. `cosmetic`: names and descriptions by which nothing decides.
 */
export const CLASSES = ["protection", "secrets", "access", "data", "capacity", "cosmetic"] as const;
export type FindingClass = (typeof CLASSES)[number];

/** `high`: today. `medium`: this week. `low`: some day. */
export const SEVERITIES = ["high", "medium", "low"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How a difference is judged. */
export interface Judgement {
  class: FindingClass;
  severity: Severity;
  /** One sentence: what follows from such a difference. */
  why: string;
}

interface Row extends Judgement {
  /** Over the whole type token. */
  type: RegExp;
  /** Over the property path. Left out: every property, and the whole object when it is gone. */
  property?: RegExp;
  /** Only for objects that are gone. */
  deleted?: true;
}

function row(
  type: RegExp,
  of: Pick<Row, "property" | "deleted">,
  judged: `${Severity} ${FindingClass}`,
  why: string,
): Row {
  const [severity, kind] = judged.split(" ") as [Severity, FindingClass];
  return { type, ...of, class: kind, severity, why };
}

const ALL = {};
const GONE = { deleted: true } as const;
const at = (property: RegExp) => ({ property });

const github = [
  row(
    /RepositoryRuleset$|BranchProtection$/,
    at(/^bypassActors/),
    "high access",
    "Who is on the list goes past every rule of it.",
  ),
  row(
    /RepositoryRuleset$|BranchProtection$/,
    ALL,
    "high protection",
    "The branch takes changes that the pipeline's rules keep out.",
  ),
  row(
    /RepositoryEnvironment$/,
    at(/^secrets\[/),
    "high secrets",
    "Jobs read it before the repository's secret of the same name.",
  ),
  row(
    /RepositoryEnvironment(DeploymentPolicy)?$/,
    ALL,
    "high protection",
    "Who and what may deploy is no longer what was decided.",
  ),
  row(/Actions(Environment)?Secret$/, ALL, "high secrets", "The jobs read another value, or none."),
  row(
    /RepositoryPermissions$/,
    ALL,
    "high access",
    "Every job of the repository may do more, or less, than it was given.",
  ),
  row(/BranchDefault$/, ALL, "high protection", "Schedules and new pull requests go by another branch."),
  row(/github.*:Branch$/, ALL, "high data", "Commits that no other branch holds are lost."),
  row(/github.*:Repository$/, GONE, "high data", "Everything in it is gone."),
  row(
    /github.*:Repository$/,
    at(/^(collaborators|deployKeys)\[|^visibility$|^private$/),
    "high access",
    "Somebody more may read or change the repository.",
  ),
  row(
    /github.*:Repository$/,
    at(/^workflowFiles\[|^securityAndAnalysis|^vulnerabilityAlerts/),
    "high protection",
    "What runs in the pipeline is not what was reviewed.",
  ),
  row(/github.*:Repository$/, at(/^archived$/), "high capacity", "Nobody can push and no job runs."),
  row(
    /github.*:Repository$/,
    at(/^(rulesets|branchProtections)\[/),
    "medium protection",
    "It weakens nothing, but it can stop the pipeline's own pushes and merges.",
  ),
  row(
    /github.*:Repository$/,
    at(/^(actions\.|workflows\[)/),
    "high capacity",
    "Jobs do not run as they are.",
  ),
  row(
    /github.*:Repository$/,
    at(/^(has[A-Z]\w*|homepageUrl|topics|isTemplate)/),
    "low cosmetic",
    "It changes what people see of the repository, not what runs.",
  ),
];

const digitalocean = [
  row(
    /digitalocean.*:KubernetesCluster$/,
    GONE,
    "high data",
    "Workloads, volumes and addresses went with it.",
  ),
  row(
    /digitalocean.*:KubernetesCluster$/,
    at(/^(autoUpgrade|version|surgeUpgrade|controlPlaneFirewall)/),
    "medium protection",
    "The cluster gets other security fixes than decided, or is reached from elsewhere.",
  ),
  row(
    /digitalocean.*:KubernetesCluster$/,
    at(/^maintenancePolicy/),
    "low capacity",
    "Upgrades come at another time.",
  ),
  row(/digitalocean.*:(KubernetesNodePool|Vpc)$/, GONE, "high capacity", "What ran on it has no place."),
];

const kubernetes = [
  row(
    /^kubernetes:core\/v1:Secret(Patch)?$/,
    ALL,
    "high secrets",
    "The workloads read another value, or none.",
  ),
  row(
    /^kubernetes:.*:(Cluster)?Role(Binding)?(Patch)?$|:ServiceAccount$/,
    ALL,
    "high access",
    "An identity in the cluster may do more, or less, than it was given.",
  ),
  row(
    /^kubernetes:.*:NetworkPolicy$/,
    ALL,
    "high protection",
    "Pods reach what they must not, or not what they need.",
  ),
  row(/^kubernetes:core\/v1:Namespace$/, GONE, "high data", "Everything in it went with it."),
  row(
    /^kubernetes:core\/v1:Namespace$/,
    at(/pod-security/),
    "high protection",
    "Pods with more rights on the node are let in.",
  ),
  row(
    /^kubernetes:.*:(Deployment|DeploymentPatch)$/,
    at(/securityContext|\.host(Network|PID|IPC)|serviceAccount|\.volumes|\.image$/),
    "high protection",
    "Other code runs, or with more rights, than the pipeline rolled out.",
  ),
  row(
    /^kubernetes:.*:Deployment(Patch)?$/,
    at(/^spec\.(replicas|paused)$/),
    "high capacity",
    "The service runs too little or too much, or takes no release.",
  ),
  row(/^kubernetes:.*:Deployment(Patch)?$/, GONE, "high capacity", "The service does not run."),
  row(
    /^kubernetes:.*:(Service|HTTPRoute|Gateway)$/,
    ALL,
    "high capacity",
    "Requests go elsewhere, or nowhere.",
  ),
];

const aws = [
  row(
    /BucketPublicAccessBlock$|BucketOwnershipControls$|BucketServerSideEncryptionConfiguration/,
    ALL,
    "high protection",
    "What keeps the bucket closed, or encrypted, is not in force.",
  ),
  row(/BucketPolicy$|OriginAccessControl$/, ALL, "high access", "Others may read or write the bucket."),
  row(
    /BucketVersioning|BucketLifecycleConfiguration/,
    ALL,
    "medium data",
    "Old versions are not kept, or not for as long as decided.",
  ),
  row(/^aws:s3.*:Bucket(V2)?$/, GONE, "high data", "Everything in it is gone."),
  row(/^aws:iam.*:AccessKey$/, ALL, "high secrets", "The workflow's key is another, or does not work."),
  row(/^aws:iam/, ALL, "high access", "The deploying identity may do more, or less, than it was given."),
  row(/^aws:acm/, ALL, "high protection", "The site loses its certificate."),
  row(
    /^aws:cloudfront.*:Function$/,
    ALL,
    "high protection",
    "Code that nobody reviewed runs on every request to the site.",
  ),
  row(
    /^aws:cloudfront.*:ResponseHeadersPolicy$/,
    ALL,
    "medium protection",
    "Browsers are told other rules for the site.",
  ),
  row(
    /^aws:cloudfront.*:Distribution$/,
    at(/viewerProtocolPolicy|viewerCertificate|webAclId|restrictions|trusted/i),
    "high protection",
    "The site is reached in a way that was shut.",
  ),
  row(
    /^aws:cloudfront.*:Distribution$/,
    at(/^enabled$|^origins\[\d+\]\.(domainName|originPath)|^aliases|defaultRootObject/),
    "high capacity",
    "The site is down, or served from elsewhere.",
  ),
  row(/^aws:cloudfront.*:Distribution$/, GONE, "high capacity", "The site is down."),
];

const vercel = [
  row(/^vercel.*:ProjectEnvironmentVariable$/, ALL, "high secrets", "The site reads another value, or none."),
  row(
    /^vercel.*:Project$/,
    at(/^(vercelAuthentication|passwordProtection|trustedIps|gitForkProtection|protectionBypass|oidc)/),
    "high protection",
    "Deployments are shown to others than decided.",
  ),
  row(
    /^vercel.*:Project$/,
    at(/^gitRepository/),
    "high protection",
    "Vercel deploys each push by itself, past the pipeline and its approvals.",
  ),
  row(/^vercel.*:Project(Domain)?$/, GONE, "high capacity", "The site is not reached any more."),
  row(/^vercel.*:ProjectDomain$/, ALL, "high capacity", "The site is not reached under its name."),
];

const database = [
  row(
    /^pulumi-nodejs:dynamic/,
    at(/^alteredTables/),
    "high data",
    "Migrations go on from tables that no file describes, and can fail or lose data.",
  ),
  row(
    /^pulumi-nodejs:dynamic/,
    ALL,
    "high data",
    "The history does not say what was applied: a file can be left out, or run again.",
  ),
];

const credentials = [
  row(
    /^pulumi:providers:/,
    at(/^token/),
    "high secrets",
    "After that day nothing is checked and nothing can be deployed.",
  ),
];

/** What names and describes alone, of every cloud; the path's beginning, since labels inside an object can decide. */
const cosmetic = [
  row(
    /./,
    at(/^(tags(All)?|description|comment|name|displayName|metadata\.annotations)\b/),
    "low cosmetic",
    "It names or describes; nothing goes by it.",
  ),
];

/** The first row that fits says it. */
const ROWS: Row[] = [
  ...github,
  ...digitalocean,
  ...kubernetes,
  ...aws,
  ...vercel,
  ...database,
  ...credentials,
  ...cosmetic,
];

/** Where no row fits: a type that the program has begun to use is judged by its cloud, and never left out. */
const DEFAULTS: Record<string, Judgement> = {
  github: { class: "protection", severity: "medium", why: "GitHub does not work as the pipeline left it." },
  digitalocean: {
    class: "capacity",
    severity: "medium",
    why: "There is more, less or other room to run in.",
  },
  kubernetes: { class: "capacity", severity: "medium", why: "Workloads run in another way than decided." },
  aws: { class: "capacity", severity: "medium", why: "A site is served in another way than decided." },
  vercel: { class: "capacity", severity: "medium", why: "A site is built or served in another way." },
};
const OTHERWISE: Judgement = {
  class: "protection",
  severity: "medium",
  why: "Nothing is known of such objects but that this one is not as it was left.",
};

/** How a difference is judged: by the first row for its type and property, else by its cloud. */
export function judge({ type, kind, property, cloud }: Difference): Judgement {
  const fits = (each: Row) =>
    each.type.test(type) &&
    (each.deleted === undefined || kind === "deleted") &&
    (each.property === undefined || (property !== undefined && each.property.test(property)));
  const { class: of, severity, why } = ROWS.find(fits) ?? DEFAULTS[cloud] ?? OTHERWISE;
  return { class: of, severity, why };
}

/** Sorts the worst first. */
export function compareSeverity(a: { severity: Severity }, b: { severity: Severity }): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}
