/** The simulated API server: requests of one caller to one cluster. */
import { CloudError } from "../provider/declaration.ts";
import { isObject, type Properties } from "../provider/values.ts";
import { authenticate, authorize, type Identity, type Verb } from "./access.ts";
import { all, reconcile } from "./controllers.ts";
import { defaulted } from "./defaults.ts";
import { apply, recordUpdate, relinquish, takeOver } from "./fields.ts";
import { type Kind, kindOf, resourceName } from "./kinds.ts";
import {
  type KubernetesObject,
  type KubernetesStore,
  keyOf,
  type ManagedFields,
  newObject,
  type ServerDocument,
  saveKubernetes,
} from "./store.ts";
import { refuseImmutable, validate } from "./validation.ts";

/** Names one object. */
export interface Reference {
  apiVersion: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
}

/** How to reach a cluster. */
export interface Access {
  /** Address of the API server, with https://. */
  address: string;
  token: string | undefined;
}

export class KubernetesApi {
  readonly #store: KubernetesStore;
  readonly #address: string;
  readonly #identity: Identity;

  /** @throws CloudError when no server answers at the address, or nobody has the token */
  constructor(store: KubernetesStore, { address, token }: Access) {
    if (!store.main.data.servers[address]) {
      const host = address.replace("https://", "");
      throw new CloudError(
        0,
        `configured Kubernetes cluster is unreachable: unable to load schema information from the API server: Get "${address}/openapi/v2": dial tcp: lookup ${host}: connect: connection refused`,
      );
    }
    this.#store = store;
    this.#address = address;
    this.#identity = authenticate(store, address, token);
  }

  get(reference: Reference): KubernetesObject {
    this.allow("get", reference);
    return this.revealed(this.find(reference));
  }

  list(kind: string, namespace: string): KubernetesObject[] {
    return all(this.server(), kind, namespace).map((object) => this.revealed(object));
  }

  /** POST: the writer manages everything that is there afterwards, defaults included. */
  create(given: Properties, manager: string): KubernetesObject {
    const reference = referenceOf(given);
    const kind = this.allow("create", reference);
    const server = this.server();
    this.refuseMissingNamespace(reference, kind);
    if (server.objects[keyOf({ ...reference, metadata: reference })])
      throw new CloudError(409, `${resourceName(kind)} "${reference.name}" already exists`);
    const { status: _, ...content } = structuredClone(given);
    const { apiVersion, kind: kindName } = reference;
    const metadata = { ...(content.metadata as Properties), ...nameOf(reference) };
    const object = defaulted(server, newObject(server, { ...content, apiVersion, kind: kindName, metadata }));
    validate(kind, object);
    recordUpdate(object, manager, {});
    this.write(object);
    return this.get(reference);
  }

  /** Server-side apply, which creates what does not exist. */
  apply(given: Properties, manager: string, force = false): KubernetesObject {
    const reference = referenceOf(given);
    const kind = this.allow("patch", reference);
    const existing = this.server().objects[keyOf({ ...reference, metadata: reference })];
    if (!existing) {
      const created = this.create(given, manager);
      this.change(reference, (object) => takeOver(object, manager, (entry) => entry.manager === manager));
      return created;
    }
    return this.change(reference, (object) => {
      const conflicts = apply(object, manager, given, force);
      if (conflicts.length > 0) throw conflict(kind, conflicts);
    });
  }

  /** PUT or a patch that is no apply. */
  update(reference: Reference, manager: string, edit: (object: KubernetesObject) => void): KubernetesObject {
    this.allow("patch", reference);
    return this.change(reference, (object) => {
      const before = structuredClone(object) as Properties;
      edit(object);
      recordUpdate(object, manager, before);
    });
  }

  /** Gives one manager's apply what the managers that the test names have set. */
  takeOver(reference: Reference, manager: string, isTaken: (entry: ManagedFields) => boolean): void {
    this.change(reference, (object) => takeOver(object, manager, isTaken));
  }

  /** Gives up what a manager has applied. */
  relinquish(reference: Reference, manager: string): void {
    this.change(reference, (object) => relinquish(object, manager));
  }

  /** Deletes an object; a namespace with everything in it. @throws CloudError 404 */
  delete(reference: Reference): void {
    this.allow("delete", reference);
    const object = this.find(reference);
    const { objects } = this.server();
    const secrets = this.secrets();
    for (const candidate of Object.values(objects)) {
      const isInside = object.kind === "Namespace" && candidate.metadata.namespace === object.metadata.name;
      if (candidate !== object && !isInside) continue;
      delete objects[keyOf(candidate)];
      if (candidate.kind === "Secret") delete secrets[placeOf(candidate)];
    }
    this.settle();
  }

  private change(reference: Reference, edit: (object: KubernetesObject) => void): KubernetesObject {
    const kind = this.kind(reference);
    const before = this.revealed(this.find(reference));
    const edited = structuredClone(before);
    edit(edited);
    const server = this.server();
    const object = defaulted(server, edited, before);
    validate(kind, object);
    refuseImmutable(kind, before, object);
    if (JSON.stringify(before) === JSON.stringify(object)) return before;
    server.revision += 1;
    object.metadata.resourceVersion = String(server.revision);
    if (JSON.stringify(before.spec) !== JSON.stringify(object.spec))
      object.metadata.generation = (object.metadata.generation ?? 0) + 1;
    this.write(object);
    return this.revealed(this.find(reference));
  }

  /** Stores an object, its secret part apart. */
  private write(object: KubernetesObject): void {
    const stored = { ...object };
    if (object.kind === "Secret") {
      const { data, stringData } = object as {
        data?: Record<string, string>;
        stringData?: Record<string, string>;
      };
      const encoded = Object.entries(stringData ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value).toString("base64"),
      ]);
      this.secrets()[placeOf(object)] = { ...data, ...Object.fromEntries(encoded) };
      delete stored.data;
      delete stored.stringData;
    }
    this.server().objects[keyOf(object)] = stored;
    this.settle();
  }

  private settle(): void {
    reconcile(this.#store, this.#address);
    saveKubernetes(this.#store);
  }

  /** A copy of a stored object with its secret part. */
  private revealed(object: KubernetesObject): KubernetesObject {
    const copy = structuredClone(object);
    const data = object.kind === "Secret" ? this.secrets()[placeOf(object)] : undefined;
    return data && Object.keys(data).length > 0 ? { ...copy, data: { ...data } } : copy;
  }

  private find(reference: Reference): KubernetesObject {
    const object = this.server().objects[keyOf({ ...reference, metadata: reference } as never)];
    if (!object)
      throw new CloudError(404, `${resourceName(this.kind(reference))} "${reference.name}" not found`);
    return object;
  }

  private allow(verb: Verb, reference: Reference): Kind {
    const kind = this.kind(reference);
    authorize(this.server(), this.#identity, {
      verb,
      kind,
      namespace: reference.namespace ?? "",
      name: reference.name,
    });
    return kind;
  }

  private kind({ apiVersion, kind }: Reference): Kind {
    const known = kindOf(apiVersion, kind);
    if (!known) throw new CloudError(404, `no matches for kind "${kind}" in version "${apiVersion}"`);
    return known;
  }

  private refuseMissingNamespace({ namespace }: Reference, { isGlobal }: Kind): void {
    const exists = all(this.server(), "Namespace").some(({ metadata }) => metadata.name === namespace);
    if (!isGlobal && !exists) throw new CloudError(404, `namespaces "${namespace}" not found`);
  }

  private server(): ServerDocument {
    return this.#store.main.data.servers[this.#address] as ServerDocument;
  }

  private secrets(): Record<string, Record<string, string>> {
    return this.#store.vault.data.secrets[this.#address] as Record<string, Record<string, string>>;
  }
}

/** What an object is called; namespaced ones without a namespace live in `default`. */
export function referenceOf(object: Properties): Reference {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const isGlobal = kindOf(apiVersion, kind)?.isGlobal;
  return {
    apiVersion,
    kind,
    name: String(metadata.name ?? ""),
    ...(!isGlobal && { namespace: String(metadata.namespace ?? "default") }),
  };
}

function nameOf({ name, namespace }: Reference) {
  return { name, ...(namespace !== undefined && { namespace }) };
}

function placeOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function conflict(kind: Kind, conflicts: { manager: string; path: string }[]): CloudError {
  const version = kind.apiVersion;
  const list = conflicts.map(({ manager, path }) => `conflict with "${manager}" using ${version}: .${path}`);
  return new CloudError(
    409,
    `server-side apply field conflict detected\nApply failed with ${list.length} conflict${list.length === 1 ? "" : "s"}: ${list.join(", ")}`,
  );
}
