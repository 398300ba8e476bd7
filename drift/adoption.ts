/** Which setting says what was found, so that the program wants it from now on. No I/O. */
import type { Difference } from "./differences.ts";
import { secretText } from "./properties.ts";

/** One step of a setting's path: a field, or the item of a list that has this name. */
export type SettingStep = string | { name: string };

/** A setting and what it must say. */
export interface Setting {
  /** Below `kai:`, such as `cluster`. */
  section: string;
  path: SettingStep[];
  value: unknown;
}

interface Row {
  type: RegExp;
  /** Over the logical name; its group is the name of the list's item. */
  name?: RegExp;
  property: RegExp;
  section: string;
  /** @param item what `name` caught; @param part what `property` caught */
  path: (item: string, part: string) => SettingStep[];
  /** From the found value; undefined where no value of the setting means it. */
  value: (found: unknown) => unknown;
}

const whole = (found: unknown) => (Number.isInteger(Number(found)) ? Number(found) : undefined);
const text = (found: unknown) => (typeof found === "string" && found !== secretText ? found : undefined);
const flag = (found: unknown) => (typeof found === "boolean" ? found : undefined);

/** `minNodes` of the provider is `min` of the settings, and so on. */
const BOUNDS: Record<string, string> = {
  minNodes: "min",
  maxNodes: "max",
  minReplicas: "min",
  maxReplicas: "max",
  day: "day",
  startTime: "startTime",
};
const bound = (part: string) => BOUNDS[part] ?? part;

const pool = { type: /:KubernetesNodePool$/, name: /^cluster-pool-(.+)$/, section: "cluster" };
const cluster = { type: /:KubernetesCluster$/, section: "cluster" };
const service = { type: /:Deployment(Patch)?$/, name: /^(.+)-deployment-patch$/, section: "services" };
const environment = { type: /:RepositoryEnvironment$/, section: "environment" };
const vercel = { type: /^vercel.*:Project$/, name: /^(.+)-vercel-project$/, section: "sites" };
const quota = { type: /:ResourceQuota$/, section: "namespace" };

const ROWS: Row[] = [
  {
    ...pool,
    property: /^(minNodes|maxNodes)$/,
    path: (name, part) => ["pools", { name }, bound(part)],
    value: whole,
  },
  { ...pool, property: /^(size)$/, path: (name) => ["pools", { name }, "size"], value: text },
  { ...cluster, property: /^nodePool\.nodeCount$/, path: () => ["systemPool", "count"], value: whole },
  { ...cluster, property: /^autoUpgrade$/, path: () => ["autoUpgrade"], value: flag },
  { ...cluster, property: /^ha$/, path: () => ["highlyAvailable"], value: flag },
  {
    ...cluster,
    property: /^maintenancePolicy\.(day|startTime)$/,
    path: (_, part) => ["maintenance", bound(part)],
    value: text,
  },
  {
    type: /:HorizontalPodAutoscaler$/,
    name: /^(.+)-autoscaler$/,
    section: "services",
    property: /^spec\.(minReplicas|maxReplicas)$/,
    path: (name, part) => [{ name }, "replicas", bound(part)],
    value: whole,
  },
  {
    ...service,
    property: /^spec\.template\.spec\.containers\[0\]\.resources\.((?:requests|limits)\.(?:cpu|memory))$/,
    path: (name, part) => [{ name }, ...part.split(".")],
    value: text,
  },
  {
    type: /:ConfigMap$/,
    name: /^(.+)-config$/,
    section: "services",
    property: /^data\.(\w+)$/,
    path: (name, part) => [{ name }, "env", part],
    value: text,
  },
  { ...quota, property: /^spec\.hard\.pods$/, path: () => ["quota", "pods"], value: whole },
  {
    ...quota,
    property: /^spec\.hard\["requests\.(cpu|memory)"\]$/,
    path: (_, part) => ["quota", part],
    value: text,
  },
  {
    type: /:Namespace$/,
    section: "namespace",
    property: /^metadata\.labels\["pod-security\.kubernetes\.io\/enforce"\]$/,
    path: () => ["podSecurity"],
    value: text,
  },
  { ...environment, property: /^waitTimer$/, path: () => ["waitMinutes"], value: whole },
  { ...environment, property: /^preventSelfReview$/, path: () => ["preventSelfReview"], value: flag },
  {
    // The settings name people, and a found reviewer has a number alone.
    ...environment,
    property: /^reviewers$/,
    path: () => ["reviewers"],
    value: (found) => (Array.isArray(found) && found.length === 0 ? [] : undefined),
  },
  {
    type: /:(RepositoryRuleset|BranchProtection)$/,
    section: "rules",
    property: /(?:^|\.)requiredApprovingReviewCount$/,
    path: () => ["requiredReviews"],
    value: whole,
  },
  { ...vercel, property: /^framework$/, path: (name) => [{ name }, "framework"], value: text },
  { ...vercel, property: /^rootDirectory$/, path: (name) => [{ name }, "directory"], value: text },
  { ...vercel, property: /^buildCommand$/, path: (name) => [{ name }, "buildCommand"], value: text },
  { ...vercel, property: /^outputDirectory$/, path: (name) => [{ name }, "outputDirectory"], value: text },
];

/** The setting that adopts what was found; undefined where the model has none for it. */
export function settingFor(difference: Difference): Setting | undefined {
  const { type, name, property, found } = difference;
  if (property === undefined) return undefined;
  for (const row of ROWS) {
    const [, item = ""] = row.name?.exec(name) ?? [];
    const at = row.property.exec(property);
    if (!row.type.test(type) || !at || (row.name && item === "")) continue;
    const value = row.value(found);
    if (value !== undefined) return { section: row.section, path: row.path(item, at[1] ?? ""), value };
  }
  return undefined;
}

/** A setting that means what was found, and that only a person can write; undefined where there is none. */
export function settingByHand({ type, property = "" }: Difference): string | undefined {
  const isReviewers = type.endsWith(":RepositoryEnvironment") && /^reviewers\b/.test(property);
  return isReviewers ? "kai:environment.reviewers: the logins of those who are found" : undefined;
}

/**
 * Whether somebody added something where the program looks at all that is there. No setting describes it, but it can be
 * meant: a difference that `kai:drift.ignore` is for.
 */
export function isAddition({ kind, remedy, wanted }: Difference): boolean {
  return kind === "changed" && remedy !== undefined && wanted === undefined;
}

/** A setting as people write it: `kai:services[kai-api-server].replicas.max: 3`. */
export function describeSetting({ section, path, value }: Setting): string {
  const steps = path.map((step) => (typeof step === "string" ? `.${step}` : `[${step.name}]`));
  return `kai:${section}${steps.join("")}: ${JSON.stringify(value)}`;
}
