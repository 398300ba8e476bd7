/**
 * Differences that come by themselves and mean nothing: each has a rule here, with its reason. What the program hands to
 * others on purpose is no difference to begin with (`ignoreChanges` in `components/`). No I/O.
 */
import { isDeepStrictEqual } from "node:util";
import { quantity } from "../settings/formats.ts";
import type { Difference } from "./differences.ts";
import { isObject, type Properties } from "./properties.ts";
import type { Scaler } from "./running.ts";

/** What else of the same run a rule may look at. */
export interface Surroundings {
  /** What the cloud has of the same object now. */
  live: Properties;
  /** All autoscalers of the run. */
  scalers: readonly Scaler[];
}

interface NoiseRule {
  /** What is left out, for people. */
  what: string;
  reason: string;
  isNoise(difference: Difference, surroundings: Surroundings): boolean;
}

/** Outputs that clouds write by themselves, by type. None of them is set by the program. */
const COMPUTED: [type: RegExp, property: RegExp][] = [
  [/^github:/, /^(etag|lastModified|nodeId|repoId|pushedAt|primaryLanguage|refs?|sha)$/],
  [/^digitalocean:/, /^(nodePool\.)?(kubeConfigs|status|updatedAt|createdAt|nodes|actualNodeCount)\b/],
  [/^kubernetes:/, /^(status|metadata\.(resourceVersion|generation|managedFields|uid|creationTimestamp))\b/],
  [/^aws:/, /^(etag|liveStageEtag|lastModifiedTime|uniqueId|createDate|tagsAll|renewalSummaries)\b/],
  [/^aws:(cloudfront|acm)/, /^(status|inProgressValidationBatches|trustedSigners|trustedKeyGroups)\b/],
  [/^vercel:/, /^(updatedAt|createdAt|latestDeployments?)\b/],
];

/** Annotations and labels that controllers write beside those of the program. */
const CONTROLLERS =
  /^(deployment\.kubernetes\.io|kubectl\.kubernetes\.io|autoscaling\.alpha\.kubernetes\.io|control-plane\.alpha\.kubernetes\.io|pv\.kubernetes\.io|kubernetes\.digitalocean\.com|kubernetes\.io\/metadata\.name|field\.cattle\.io)/;

export const NOISE: readonly NoiseRule[] = [
  {
    what: "outputs that a cloud writes by itself: times, etags, generations, states, the cluster's weekly credentials",
    reason: "The program sets none of them, and no `up` changes one.",
    isNoise: ({ type, property = "" }) =>
      COMPUTED.some(([of, computed]) => of.test(type) && computed.test(property)),
  },
  {
    what: "the number of nodes of a pool, within the bounds that the pool has now",
    reason: "The autoscaler chooses it. Bounds that somebody moved are found by themselves.",
    isNoise: ({ type, property, found }, { live }) =>
      type.endsWith(":KubernetesNodePool") &&
      property === "nodeCount" &&
      live.autoScale === true &&
      within(found, live.minNodes, live.maxNodes),
  },
  {
    what: "the number of pods of a Deployment, within the bounds of its autoscaler",
    reason: "The autoscaler chooses it. None at all switches the autoscaler off, and is found.",
    isNoise: ({ type, id, property, found }, { scalers }) => {
      const scaler = scalers.find((one) => one.target === id);
      return (
        isDeployment(type) &&
        property === "spec.replicas" &&
        scaler !== undefined &&
        within(found, scaler.min, scaler.max)
      );
    },
  },
  {
    what: "an image of the same repository by its digest",
    reason:
      "The workflow rolls releases out that way. An image of another repository, or by a tag, is found.",
    isNoise: ({ type, property = "", wanted, found }) =>
      isDeployment(type) &&
      /containers\[\d+\]\.image$/.test(property) &&
      isDigest(found) &&
      repositoryOf(String(found)) === repositoryOf(String(wanted)),
  },
  {
    what: "a newer patch version of the cluster",
    reason:
      "DigitalOcean upgrades patches in the maintenance window. Another minor version, or an older one, is found.",
    isNoise: ({ type, property, wanted, found }) =>
      type.endsWith(":KubernetesCluster") && property === "version" && isPatchUpgrade(wanted, found),
  },
  {
    what: "annotations and labels of controllers, also that of `kubectl rollout restart`",
    reason: "They keep the controllers' own notes. A restart runs the same pods anew.",
    isNoise: ({ cloud, property = "", wanted }) => {
      const [, key = ""] = /metadata\.(?:annotations|labels)(?:\.|\[")(.+?)(?:"\])?$/.exec(property) ?? [];
      return cloud === "kubernetes" && wanted === undefined && CONTROLLERS.test(key);
    },
  },
  {
    what: "addresses and ports that the cluster gives to a Service",
    reason: "The cluster chooses them, and nothing in the pipeline goes by them.",
    isNoise: ({ type, property = "" }) =>
      type.endsWith(":Service") &&
      /^spec\.(clusterIPs?|ipFamil\w+|healthCheckNodePort|ports\[\d+\]\.nodePort)(\[|$)/.test(property),
  },
  {
    what: "an amount in other words: `1000m` for `1`, `1024Mi` for `1Gi`",
    reason: "The API server rewrites amounts.",
    isNoise: ({ cloud, property = "", wanted, found }) => {
      if (cloud !== "kubernetes" || !/(requests|limits|hard|min|max|default\w*)(\.|\[")/.test(property))
        return false;
      const [before, after] = [amountOf(wanted), amountOf(found)];
      return before !== undefined && before === after;
    },
  },
  {
    what: "nothing in other words: an empty list, an empty text or null for what is not set",
    reason:
      "Providers do not agree on how to say nothing (pulumi/pulumi#16072). `false` and `0` say something.",
    isNoise: ({ kind, wanted, found, property }) =>
      kind === "changed" && property !== undefined && isNothing(wanted) && isNothing(found),
  },
  {
    what: "the same items in another order, outside the cluster and the database",
    reason:
      "The clouds answer sets in an order of their own (pulumi/pulumi-terraform-bridge#3036). In the cluster, order means something, and among the cache behaviours of CloudFront, of which the first that fits counts.",
    isNoise: ({ cloud, property, wanted, found }) =>
      cloud !== "kubernetes" &&
      cloud !== "database" &&
      property !== "orderedCacheBehaviors" &&
      isReordered(wanted, found),
  },
  {
    what: "an access policy in other words: actions in another order, one action as text or as a list",
    reason: "AWS rewrites policies.",
    isNoise: ({ cloud, property = "", wanted, found }) =>
      cloud === "aws" && /policy$/i.test(property) && isSamePolicy(wanted, found),
  },
];

/** Whether a difference means nothing. */
export function isNoise(difference: Difference, surroundings: Surroundings): boolean {
  return difference.kind === "changed" && NOISE.some((rule) => rule.isNoise(difference, surroundings));
}

function isDeployment(type: string): boolean {
  return /:Deployment(Patch)?$/.test(type);
}

function within(value: unknown, min: unknown, max: unknown): boolean {
  return (
    [value, min, max].every((each) => typeof each === "number") &&
    Number(min) <= Number(value) &&
    Number(value) <= Number(max)
  );
}

/** Whether an image is named by its content. */
export function isDigest(image: unknown): boolean {
  return typeof image === "string" && /@sha256:[0-9a-f]{64}$/.test(image);
}

/** An image's registry and name, without tag and digest. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
}

/** `1.33.1-do.0` to `1.33.4-do.2`. */
function isPatchUpgrade(wanted: unknown, found: unknown): boolean {
  const [before, after] = [wanted, found].map((text) => /^(\d+\.\d+)\.(\d+)-do\.(\d+)$/.exec(String(text)));
  if (!before || !after || before[1] !== after[1]) return false;
  const patch = Number(after[2]) - Number(before[2]);
  return patch > 0 || (patch === 0 && Number(after[3]) >= Number(before[3]));
}

function amountOf(value: unknown): number | undefined {
  return typeof value === "string" || typeof value === "number" ? quantity(String(value)) : undefined;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isReordered(wanted: unknown, found: unknown): boolean {
  if (!Array.isArray(wanted) || !Array.isArray(found)) return false;
  const sorted = (list: unknown[]) => list.map((item) => JSON.stringify(item)).sort();
  return isDeepStrictEqual(sorted(wanted), sorted(found));
}

function isSamePolicy(wanted: unknown, found: unknown): boolean {
  try {
    return isDeepStrictEqual(tidyPolicy(JSON.parse(String(wanted))), tidyPolicy(JSON.parse(String(found))));
  } catch {
    return false;
  }
}

/** Every text as a list of one, every list of texts sorted (docs.aws.amazon.com, IAM JSON policy grammar). */
function tidyPolicy(value: unknown): unknown {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) {
    const isTexts = value.every((item) => typeof item === "string");
    return isTexts ? value.toSorted() : value.map(tidyPolicy);
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, tidyPolicy(item)]));
}
