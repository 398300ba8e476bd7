import { isLabelKey, isPrivateRange, overlaps, parseRange, type Range } from "./formats.ts";
import { SYSTEM_POOL } from "./known.ts";
import { repeated } from "./problems.ts";
import type { Draft, RuleProblem } from "./rules.ts";

/** Ranges that DigitalOcean uses inside every VPC (docs.digitalocean.com, VPC limits). */
const RESERVED_RANGES = ["10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24", "10.229.0.0/16"];

/** DOKS gives each node a block of 128 pod addresses, for at most 110 pods. */
const ADDRESSES_PER_NODE = 128;

/** The address ranges of a cluster, by the key of each. */
export const RANGE_KEYS = ["vpcRange", "clusterSubnet", "serviceSubnet"] as const;

/** The cluster's network and node pools. */
export function clusterProblems(draft: Draft): RuleProblem[] {
  if (!draft.cluster || draft.clouds?.digitalocean === false) return [];
  return [...rangeProblems(draft.cluster), ...roomProblems(draft.cluster), ...poolProblems(draft.cluster)];
}

type Cluster = NonNullable<Draft["cluster"]>;

function rangeProblems(cluster: Cluster): RuleProblem[] {
  const ranges = RANGE_KEYS.map((name) => ({
    name,
    key: `kai:cluster.${name}`,
    text: cluster[name],
    range: parseRange(cluster[name]) as Range,
  }));
  const problems = ranges.flatMap(({ name, key, text, range }): RuleProblem[] => {
    if (!range.aligned) {
      return [
        {
          key,
          problem: `is \`${text}\`, whose address is not the first of its range`,
          remedy: `For example \`${name}: ${addressOf(range.first)}/${range.prefix}\`.`,
        },
      ];
    }
    if (!isPrivateRange(range)) {
      return [
        {
          key,
          problem: `is \`${text}\`, which is not private address space`,
          remedy: "Choose a range inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.",
        },
      ];
    }
    const reserved = RESERVED_RANGES.find((other) => overlaps(range, parseRange(other) as Range));
    return reserved === undefined
      ? []
      : [
          {
            key,
            problem: `is \`${text}\`, which overlaps ${reserved}, a range that DigitalOcean uses itself`,
            remedy: `Choose another private range, outside ${RESERVED_RANGES.join(", ")}.`,
          },
        ];
  });
  for (const [index, one] of ranges.entries()) {
    for (const other of ranges.slice(0, index)) {
      if (!overlaps(one.range, other.range)) continue;
      problems.push({
        key: one.key,
        problem: `is \`${one.text}\`, which overlaps ${other.key} (\`${other.text}\`)`,
        remedy: "Give the VPC, the pods and the services ranges that share no address.",
        reads: [other.key],
      });
    }
  }
  return problems;
}

function roomProblems(cluster: Cluster): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const vpc = parseRange(cluster.vpcRange) as Range;
  if (vpc.prefix < 16 || vpc.prefix > 24) {
    problems.push({
      key: "kai:cluster.vpcRange",
      problem: `is a /${vpc.prefix}; DigitalOcean accepts /16 to /24`,
      remedy: "For example `vpcRange: 10.10.0.0/20`.",
    });
  }
  const nodes = cluster.pools.reduce((sum, pool) => sum + pool.max, cluster.systemPool.count);
  const pods = parseRange(cluster.clusterSubnet) as Range;
  const prefix = 32 - Math.ceil(Math.log2(nodes * ADDRESSES_PER_NODE));
  if (pods.prefix > prefix) {
    problems.push({
      key: "kai:cluster.clusterSubnet",
      problem: `is a /${pods.prefix}, too small for ${nodes} nodes with ${ADDRESSES_PER_NODE} pod addresses each`,
      remedy: `Choose a /${prefix} or a larger range; it cannot be changed later.`,
      reads: ["kai:cluster.pools", "kai:cluster.systemPool.count"],
    });
  }
  return problems;
}

function poolProblems({ pools }: Cluster): RuleProblem[] {
  const problems: RuleProblem[] = repeated(pools.map(({ name }) => name)).map(({ value, index, first }) => ({
    key: `kai:cluster.pools[${index}].name`,
    problem: `is \`${value}\`, the same as kai:cluster.pools[${first}].name`,
    remedy: "Give each node pool a name of its own.",
    reads: [`kai:cluster.pools[${first}].name`],
  }));
  for (const [index, pool] of pools.entries()) {
    const key = `kai:cluster.pools[${index}]`;
    if (pool.name === SYSTEM_POOL) {
      problems.push({
        key: `${key}.name`,
        problem: `is \`${pool.name}\`, the name of the cluster's own pool (kai:cluster.systemPool)`,
        remedy: "Choose another name, for example `name: workers`.",
      });
    }
    if (pool.min > pool.max) {
      problems.push({
        key: `${key}.min`,
        problem: `is ${pool.min}, more than ${key}.max (${pool.max})`,
        remedy: `For example \`min: ${pool.max}\`, or raise \`max\`.`,
        reads: [`${key}.max`],
      });
    }
    problems.push(...poolMarkProblems(key, pool));
  }
  return problems;
}

function poolMarkProblems(key: string, pool: Cluster["pools"][number]): RuleProblem[] {
  const labels = Object.keys(pool.labels).map((label) => ({
    at: `${key}.labels.${label}`,
    name: label,
    what: "label",
  }));
  const taints = pool.taints.map((taint, index) => ({
    at: `${key}.taints[${index}].key`,
    name: taint.key,
    what: "taint",
  }));
  const problems = [...labels, ...taints].flatMap(({ at, name, what }): RuleProblem[] => {
    if (!isLabelKey(name)) {
      return [
        {
          key: at,
          problem: `is not a Kubernetes ${what} key`,
          remedy: "Use letters, digits, dash, dot and underscore, for example `workload`.",
        },
      ];
    }
    const isReserved = /(^|\.)(kubernetes\.io|k8s\.io|doks\.digitalocean\.com)\//.test(name);
    return isReserved
      ? [
          {
            key: at,
            problem: `uses \`${name}\`, a prefix that Kubernetes and DigitalOcean keep for themselves`,
            remedy: `Use a ${what} of your own, for example \`workload\`.`,
          },
        ]
      : [];
  });
  const marks = pool.taints.map((taint) => `${taint.key}:${taint.effect}`);
  return [
    ...problems,
    ...repeated(marks).map(({ value, index }) => ({
      key: `${key}.taints[${index}]`,
      problem: `repeats the taint \`${value}\`; Kubernetes accepts one of each key and effect`,
      remedy: "Remove one of the two.",
    })),
  ];
}

function addressOf(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}
