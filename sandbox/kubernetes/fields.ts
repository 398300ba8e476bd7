/**
 * Who set which field: server-side apply as far as the stand-in needs it
 * (kubernetes.io/docs/reference/using-api/server-side-apply). Lists with a key are merged by it, others are one value.
 */
import { isObject, type Properties } from "../provider/values.ts";
import type { KubernetesObject, ManagedFields } from "./store.ts";

/** Lists that are merged by a key, by the name of the list (`x-kubernetes-list-map-keys` of the API's schema). */
const LIST_KEYS: Record<string, string[]> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  imagePullSecrets: ["name"],
  listeners: ["name"],
  volumeMounts: ["mountPath"],
  topologySpreadConstraints: ["topologyKey"],
  ports: ["containerPort", "port"],
};

/** Parts of `metadata` that nobody manages. */
const SERVER_FIELDS = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "managedFields",
]);

/** The parts of an object that have managers. */
export function content(object: Properties): Properties {
  const { apiVersion: _version, kind: _kind, status: _status, metadata, ...rest } = object;
  const own = Object.entries(isObject(metadata) ? metadata : {}).filter(([key]) => !SERVER_FIELDS.has(key));
  return own.length > 0 ? { ...rest, metadata: Object.fromEntries(own) } : rest;
}

/** Every leaf of a value by its path. */
export function leaves(value: unknown, path = "", found = new Map<string, unknown>()): Map<string, unknown> {
  if (Array.isArray(value)) {
    const key = listKey(path, value);
    if (!key) return found.set(path, value);
    for (const item of value as Properties[]) leaves(item, `${path}[${key}=${item[key]}]`, found);
    return found;
  }
  if (!isObject(value) || Object.keys(value).length === 0)
    return path === "" ? found : found.set(path, value);
  for (const [key, item] of Object.entries(value)) leaves(item, join(path, key), found);
  return found;
}

function join(path: string, key: string): string {
  const name = /[.[\]=]/.test(key) ? `["${key}"]` : key;
  return path === "" || name.startsWith("[") ? `${path}${name}` : `${path}.${name}`;
}

function listKey(path: string, items: unknown[]): string | undefined {
  const candidates = LIST_KEYS[/([\w]+)$/.exec(path)?.[1] ?? ""] ?? [];
  return candidates.find((key) => items.length > 0 && items.every((item) => isObject(item) && key in item));
}

type Segment = { key: string } | { by: string; value: string };

function segments(path: string): Segment[] {
  const found: Segment[] = [];
  for (const match of path.matchAll(/\["([^"]*)"\]|\[(\w+)=([^\]]*)\]|([^.[\]]+)/g)) {
    const [, quoted, by, value, plain] = match;
    found.push(by === undefined ? { key: quoted ?? (plain as string) } : { by, value: value as string });
  }
  return found;
}

/** Sets one leaf, making the objects and list items on the way. */
function setLeaf(root: Properties, path: string, value: unknown): void {
  const steps = segments(path);
  let current: Properties | unknown[] = root;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const isLast = next === undefined;
    if ("by" in step) {
      const list: Properties[] = current as Properties[];
      let item: Properties | undefined = list.find((candidate) => String(candidate[step.by]) === step.value);
      if (!item) {
        item = {};
        list.push(item);
      }
      current = item;
    } else if (isLast) {
      (current as Properties)[step.key] = structuredClone(value);
    } else {
      const parent = current as Properties;
      const wanted = "by" in next ? Array.isArray(parent[step.key]) : isObject(parent[step.key]);
      if (!wanted) parent[step.key] = "by" in next ? [] : {};
      current = parent[step.key] as Properties | unknown[];
    }
  }
}

/** Removes one leaf, and what becomes empty by it. */
function removeLeaf(root: unknown, path: string): void {
  remove(root, segments(path));
}

function remove(current: unknown, [step, ...rest]: Segment[]): void {
  if (!step) return;
  if ("by" in step) {
    if (!Array.isArray(current)) return;
    const index = current.findIndex((item) => isObject(item) && String(item[step.by]) === step.value);
    if (index < 0) return;
    remove(current[index], rest);
    if (isEmptied(current[index])) current.splice(index, 1);
    return;
  }
  if (!isObject(current) || !(step.key in current)) return;
  if (rest.length > 0) remove(current[step.key], rest);
  if (rest.length === 0 || isEmptied(current[step.key])) delete current[step.key];
}

function isEmptied(value: unknown): boolean {
  return (isObject(value) && Object.keys(value).length === 0) || (Array.isArray(value) && value.length === 0);
}

/** One field that somebody else has set to another value. */
export interface Conflict {
  manager: string;
  path: string;
}

/**
 * Applies a configuration under a manager's name. What the manager applied before and leaves out now is removed,
 * unless somebody else set it too.
 * @returns the conflicts; the object is unchanged when there are any
 */
export function apply(
  object: KubernetesObject,
  manager: string,
  configuration: Properties,
  force: boolean,
): Conflict[] {
  const entries = object.metadata.managedFields;
  const wanted = leaves(content(configuration));
  const live = leaves(content(object));
  const others = entries.filter((entry) => entry.manager !== manager || entry.operation !== "Apply");
  const changed = [...wanted].filter(([path, value]) => !same(live.get(path), value));
  const conflicts = changed.flatMap(([path]) =>
    others.filter((entry) => entry.fields.includes(path)).map((entry) => ({ manager: entry.manager, path })),
  );
  if (conflicts.length > 0 && !force) return conflicts;
  const before = entries.find((entry) => entry.manager === manager && entry.operation === "Apply");
  const dropped = (before?.fields ?? []).filter(
    (path) => !wanted.has(path) && !others.some((entry) => entry.fields.includes(path)),
  );
  // An item is found by its key, which therefore goes last.
  for (const path of dropped.filter((path) => !isKey(path))) removeLeaf(object, path);
  for (const path of dropped.filter(isKey)) removeLeaf(object, path);
  for (const [path, value] of changed) {
    for (const entry of others) entry.fields = entry.fields.filter((field) => field !== path);
    setLeaf(object, path, value);
  }
  own(object, { manager, operation: "Apply", fields: [...wanted.keys()] });
  return [];
}

/** Whether a leaf is the key of the list item it belongs to. */
function isKey(path: string): boolean {
  const match = /\[(\w+)=[^\]]*\]\.(\w+)$/.exec(path);
  return match !== null && match[1] === match[2];
}

/** Gives up all fields of a manager; those that nobody else set disappear. */
export function relinquish(object: KubernetesObject, manager: string): void {
  apply(object, manager, {}, true);
}

/** Records a write that was no apply: the writer owns what it added or changed, the others lose that. */
export function recordUpdate(object: KubernetesObject, manager: string, before: Properties): void {
  const old = leaves(content(before));
  const now = leaves(content(object));
  const changed = [...now].filter(([path, value]) => !same(old.get(path), value)).map(([path]) => path);
  const mine = object.metadata.managedFields.find(
    (entry) => entry.manager === manager && entry.operation === "Update",
  );
  for (const entry of object.metadata.managedFields) {
    entry.fields = entry.fields.filter(
      (path) => now.has(path) && (entry === mine || !changed.includes(path)),
    );
  }
  own(object, { manager, operation: "Update", fields: [...new Set([...(mine?.fields ?? []), ...changed])] });
}

/** Makes one manager's apply the owner of all that others wrote, as the plugin does before an update. */
export function takeOver(
  object: KubernetesObject,
  manager: string,
  isTaken: (entry: ManagedFields) => boolean,
): void {
  const taken = object.metadata.managedFields.filter(isTaken);
  if (taken.length === 0) return;
  object.metadata.managedFields = object.metadata.managedFields.filter((entry) => !isTaken(entry));
  const mine = object.metadata.managedFields.find(
    (entry) => entry.manager === manager && entry.operation === "Apply",
  );
  const fields = [...(mine?.fields ?? []), ...taken.flatMap((entry) => entry.fields)];
  own(object, { manager, operation: "Apply", fields: [...new Set(fields)] });
}

function own(object: KubernetesObject, entry: ManagedFields): void {
  const rest = object.metadata.managedFields.filter(
    ({ manager, operation }) => manager !== entry.manager || operation !== entry.operation,
  );
  object.metadata.managedFields = [...rest, { ...entry, fields: entry.fields.sort() }].filter(
    ({ fields }) => fields.length > 0,
  );
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}
