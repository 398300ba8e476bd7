/**
 * Serves one simulated cloud to the real engine as a resource provider (pulumi/pulumi, proto/pulumi/provider.proto),
 * attached by PULUMI_DEBUG_PROVIDERS.
 */
import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import rpc from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Faults } from "../faults.ts";
import { type Cloud, CloudError, type ResourceContext, type ResourceType } from "./declaration.ts";
import { differences, isBelow, isEmpty, pruned } from "./diff.ts";
import { checked, diffResponse, refuseUnready, serviceError } from "./responses.ts";
import { compact, PackageSchema } from "./schema.ts";
import { hasUnknown, type Properties, UNKNOWN, unwrap, wrap } from "./values.ts";

/** A served cloud. */
export interface ProviderServer {
  port: number;
  stop(): void;
}

/** Starts the provider on a free local port. */
export async function serveProvider<A>(cloud: Cloud<A>, faults: Faults): Promise<ProviderServer> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  server.addService(services.ResourceProviderService, implementation(cloud, faults));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Handler<A, Request> = (provider: Provider<A>, request: Request, call: Call<Request>) => unknown;

/** The requests about one resource share these accessors. */
interface ResourceRequest {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

/**
 * The service's methods. Every connection has a provider of its own: two engines at once, or two configurations in one
 * program, are connections to the same server.
 */
function implementation<A>(cloud: Cloud<A>, faults: Faults): grpc.UntypedServiceImplementation {
  const schema = new PackageSchema(cloud.name);
  const connections = new Map<string, Provider<A>>();
  const providerOf = (peer: string): Provider<A> => {
    const provider = connections.get(peer) ?? new Provider(cloud, schema, faults);
    connections.set(peer, provider);
    return provider;
  };
  const serve =
    <Request>(handler: Handler<A, Request>): grpc.handleUnaryCall<Request, unknown> =>
    async (call, answer) => {
      try {
        answer(null, await handler(providerOf(call.getPeer()), call.request, call));
      } catch (error) {
        answer(serviceError(error));
      }
    };
  return {
    attach: serve(() => new empty.Empty()),
    cancel: serve(() => new empty.Empty()),
    getPluginInfo: serve(() => new plugin.PluginInfo().setVersion(schema.version)),
    checkConfig: serve((provider, request: rpc.CheckRequest) => provider.checkConfig(request)),
    diffConfig: serve((provider, request: rpc.DiffRequest) => provider.diffConfig(request)),
    configure: serve((provider, request: rpc.ConfigureRequest) => provider.configure(request)),
    invoke: serve((provider, request: rpc.InvokeRequest) => provider.invoke(request)),
    check: serve((provider, request: rpc.CheckRequest) => provider.check(request)),
    diff: serve((provider, request: rpc.DiffRequest) => provider.diff(request)),
    create: serve((provider, request: rpc.CreateRequest, call) => provider.create(request, call)),
    read: serve((provider, request: rpc.ReadRequest) => provider.read(request)),
    update: serve((provider, request: rpc.UpdateRequest, call) => provider.update(request, call)),
    delete: serve((provider, request: rpc.DeleteRequest, call) => provider.delete(request, call)),
  };
}

class Provider<A> {
  readonly #cloud: Cloud<A>;
  readonly #faults: Faults;
  readonly #schema: PackageSchema;
  #api: A | undefined;

  constructor(cloud: Cloud<A>, schema: PackageSchema, faults: Faults) {
    this.#cloud = cloud;
    this.#schema = schema;
    this.#faults = faults;
  }

  checkConfig(request: rpc.CheckRequest): rpc.CheckResponse {
    const { plain, secrets } = unwrap(request.getNews());
    const { version: _, ...config } = plain;
    return checked(
      plain,
      secrets,
      this.#schema.validate(`pulumi:providers:${this.#cloud.name}`, typedConfig(config)),
    );
  }

  diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
    const olds = unwrap(request.getOlds()).plain;
    const news = unwrap(request.getNews()).plain;
    const found = differences(olds, olds, news, {}, { optionalComputed: ["version"] });
    return diffResponse(found, this.#cloud.replaceProviderOn ?? [], false);
  }

  configure(request: rpc.ConfigureRequest): rpc.ConfigureResponse {
    const config = unwrap(request.getArgs()).plain;
    if (!hasUnknown(config)) this.#api = this.#cloud.connect(typedConfig(config));
    return new rpc.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setAcceptresources(false)
      .setAcceptoutputs(false);
  }

  async invoke(request: rpc.InvokeRequest): Promise<rpc.InvokeResponse> {
    const token = request.getTok();
    const inputs = unwrap(request.getArgs()).plain;
    const implementation = this.#cloud.functions[token];
    const [wrong] = this.#schema.validate(token, inputs);
    if (!implementation || wrong)
      throw new CloudError(400, `${token}: ${wrong?.reason ?? "unknown function"}`);
    await this.#faults.before(this.#cloud.name, "invoke", token);
    return new rpc.InvokeResponse().setReturn(
      wrap(compact(await implementation(this.api(), inputs)) as Properties),
    );
  }

  check(request: rpc.CheckRequest): rpc.CheckResponse {
    const { plain, secrets } = unwrap(request.getNews());
    const declaration = this.#cloud.resources[request.getType()];
    const failures = this.#schema.validate(request.getType(), plain);
    if (!declaration)
      return checked(plain, secrets, [
        { property: "", reason: `the simulated ${this.#cloud.name} has no ${request.getType()}` },
      ]);
    const suffix = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 7) || "0000000";
    const oldInputs = request.getOlds() ? unwrap(request.getOlds()).plain : undefined;
    const context: ResourceContext = { name: request.getName(), suffix, ...(oldInputs && { oldInputs }) };
    const given = { ...declaration.defaults?.(plain, context), ...plain };
    const inputs = declaration.complete?.(given, context) ?? given;
    if (failures.length === 0) failures.push(...(declaration.check?.(inputs) ?? []));
    return checked(inputs, secrets, failures);
  }

  diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const declaration = this.declaration(request);
    const news = unwrap(request.getNews()).plain;
    const oldInputs = unwrap(request.getOldInputs()).plain;
    const defaults = declaration.defaults?.({}, { name: request.getName(), suffix: "", oldInputs }) ?? {};
    const live = unwrap(request.getOlds()).plain;
    const found = differences(live, oldInputs, news, defaults, declaration);
    for (const path of [...found.keys()]) {
      if (isBelow(path, request.getIgnorechangesList())) found.delete(path);
    }
    const { replaceOn = [] } = declaration;
    const listed = typeof replaceOn === "function" ? replaceOn(this.#api, { live, wanted: news }) : replaceOn;
    const replaces = declaration.update ? listed : ["*"];
    return diffResponse(found, replaces, declaration.deleteBeforeReplace ?? false);
  }

  async create(request: rpc.CreateRequest, call: Call<rpc.CreateRequest>): Promise<rpc.CreateResponse> {
    const declaration = this.declaration(request);
    const { plain: inputs, secrets } = unwrap(request.getProperties());
    if (request.getPreview()) {
      return new rpc.CreateResponse().setProperties(
        this.outputs(request, this.previewed(request, inputs), secrets),
      );
    }
    const fault = await this.#faults.before(this.#cloud.name, "create", request.getType());
    refuseCancelled(call);
    const id = await declaration.create(this.api(), inputs, { name: request.getName(), suffix: "" });
    fault.after();
    const live = this.outputs(request, await this.live(declaration, id, inputs), secrets);
    refuseUnready(declaration.awaited?.(this.api(), id, inputs), id, live, wrap(inputs, secrets));
    return new rpc.CreateResponse().setId(id).setProperties(live);
  }

  async read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
    const declaration = this.declaration(request);
    await this.#faults.before(this.#cloud.name, "read", request.getType());
    const { plain: oldInputs, secrets } = unwrap(request.getInputs());
    const isImport = Object.keys(oldInputs).length === 0;
    const id = isImport
      ? (declaration.importedId?.(this.api(), request.getId()) ?? request.getId())
      : request.getId();
    const known = unwrap(request.getProperties()).plain;
    const state = await this.unlessGone(declaration, "read", () => declaration.read(this.api(), id, known));
    if (!state) return new rpc.ReadResponse();
    const live = compact({ ...pick(oldInputs, declaration.writeOnly ?? []), ...state }) as Properties;
    const inputs = this.readInputs(request, declaration, live, oldInputs);
    return new rpc.ReadResponse()
      .setId(id)
      .setProperties(this.outputs(request, live, secrets))
      .setInputs(wrap(inputs, secrets));
  }

  async update(request: rpc.UpdateRequest, call: Call<rpc.UpdateRequest>): Promise<rpc.UpdateResponse> {
    const declaration = this.declaration(request);
    const { plain: inputs, secrets } = unwrap(request.getNews());
    if (request.getPreview()) {
      const olds = unwrap(request.getOlds()).plain;
      return new rpc.UpdateResponse().setProperties(this.outputs(request, { ...olds, ...inputs }, secrets));
    }
    const fault = await this.#faults.before(this.#cloud.name, "update", request.getType());
    refuseCancelled(call);
    const oldInputs = unwrap(request.getOldInputs()).plain;
    await declaration.update?.(this.api(), request.getId(), inputs, {
      name: request.getName(),
      suffix: "",
      oldInputs,
    });
    fault.after();
    const id = request.getId();
    const live = this.outputs(request, await this.live(declaration, id, inputs), secrets);
    refuseUnready(declaration.awaited?.(this.api(), id, inputs), id, live, wrap(inputs, secrets));
    return new rpc.UpdateResponse().setProperties(live);
  }

  async delete(request: rpc.DeleteRequest, call: Call<rpc.DeleteRequest>): Promise<empty.Empty> {
    const declaration = this.declaration(request);
    const fault = await this.#faults.before(this.#cloud.name, "delete", request.getType());
    refuseCancelled(call);
    const oldInputs = unwrap(request.getOldInputs()).plain;
    const context: ResourceContext = { name: request.getName(), suffix: "", oldInputs };
    await this.unlessGone(declaration, "delete", () =>
      declaration.delete(this.api(), request.getId(), context),
    );
    fault.after();
    return new empty.Empty();
  }

  /** The result, or undefined where the cloud says that the object does not exist and the plugin takes that for an answer. */
  private async unlessGone<T>(
    { failsWhenGone = [] }: ResourceType<A>,
    operation: "read" | "delete",
    action: () => T | Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      const isGone = error instanceof CloudError && error.status === 404;
      if (isGone && !failsWhenGone.includes(operation)) return undefined;
      throw error;
    }
  }

  /** State right after a write: what the cloud answers, with the write-only inputs that it never answers. */
  private async live(declaration: ResourceType<A>, id: string, inputs: Properties): Promise<Properties> {
    const state = await declaration.read(this.api(), id, {});
    if (!state) throw new CloudError(404, `${id} vanished right after it was written`);
    return compact({ ...pick(inputs, declaration.writeOnly ?? []), ...state }) as Properties;
  }

  /** Outputs of a preview: inputs as they are, everything that the cloud computes unknown. */
  private previewed(request: ResourceRequest, inputs: Properties): Properties {
    const { optionalComputed = [] } = this.declaration(request);
    const unknown = [
      ...this.#schema.computedNames(request.getType()),
      ...optionalComputed.filter((path) => !path.includes(".")),
    ];
    return { ...Object.fromEntries(unknown.map((name) => [name, UNKNOWN])), ...inputs };
  }

  /** Inputs as `read` finds them: what the program set, and what differs from saying nothing. */
  private readInputs(
    request: ResourceRequest,
    declaration: ResourceType<A>,
    live: Properties,
    oldInputs: Properties,
  ): Properties {
    const defaults = declaration.defaults?.({}, { name: request.getName(), suffix: "", oldInputs }) ?? {};
    const names = this.#schema.inputNames(request.getType()).filter((name) => {
      if (name in oldInputs) return true;
      if (declaration.comparison !== "subset" && declaration.optionalComputed?.includes(name)) return false;
      return !isEmpty(live[name]) && JSON.stringify(live[name]) !== JSON.stringify(defaults[name]);
    });
    const found = pick(live, names);
    const isStated = declaration.comparison === "subset" && Object.keys(oldInputs).length > 0;
    return { ...defaults, ...(isStated ? (pruned(found, oldInputs) as Properties) : found) };
  }

  private outputs(request: ResourceRequest, properties: Properties, secrets: Set<string>) {
    return wrap(properties, new Set([...secrets, ...(this.declaration(request).secretOutputs ?? [])]));
  }

  private declaration(request: ResourceRequest): ResourceType<A> {
    const declaration = this.#cloud.resources[request.getType()];
    if (!declaration)
      throw new CloudError(400, `the simulated ${this.#cloud.name} has no ${request.getType()}`);
    return declaration;
  }

  private api(): A {
    if (!this.#api) throw new CloudError(401, `the ${this.#cloud.name} provider is not configured yet`);
    return this.#api;
  }
}

/** Provider arguments that are no strings arrive as JSON text (pulumi/pulumi, provider_plugin.go). */
function typedConfig(config: Properties): Properties {
  const parse = (value: unknown): unknown => {
    if (typeof value !== "string" || !/^(true|false|-?\d+|[[{].*[\]}])$/s.test(value)) return value;
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, parse(value)]));
}

function pick(properties: Properties, names: string[]): Properties {
  return Object.fromEntries(
    names.filter((name) => properties[name] !== undefined).map((name) => [name, properties[name]]),
  );
}

/** A request whose engine died before the cloud was asked has no effect. */
function refuseCancelled(call: { cancelled: boolean }): void {
  if (call.cancelled) throw new CloudError(499, "the engine went away before the request was sent");
}
