/** How a simulated cloud describes its resource types to the shared provider server. */
import type { Properties } from "./values.ts";

/** A refusal by the simulated cloud, as its API would answer. */
export class CloudError extends Error {
  readonly status: number;
  /** @param status HTTP status; 404 in `delete` and `read` means that the object is gone already. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A refusal of one input, shown before anything is changed. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** What an operation may know about the resource it is called for. */
export interface ResourceContext {
  /** Logical name, for autonamed resources. */
  name: string;
  /** Deterministic lower-case hexadecimal text for autonamed resources; the same in each check of one resource. */
  suffix: string;
  /** Inputs of the last update, when there was one. */
  oldInputs?: Properties;
}

/**
 * One resource type. `A` is the cloud's interface for one set of credentials.
 * Values of `read` are the complete live state in the shape of the provider's outputs; everything else is derived.
 */
export interface ResourceType<A> {
  /**
   * Input paths whose change replaces the resource, such as `name` or `nodePool.size`. `*` for all.
   * A function where it depends on the values, or on the provider's arguments, which are not known in every preview.
   */
  replaceOn?: string[] | ((api: A | undefined, change: { live: Properties; wanted: Properties }) => string[]);
  /** Delete before create in a replacement: fixed physical names. Default false. */
  deleteBeforeReplace?: boolean;
  /** Outputs to be marked secret even when no input was. */
  secretOutputs?: string[];
  /** Inputs that the cloud chooses when the program leaves them out: no drift, no difference. Top-level names or nested paths. */
  optionalComputed?: string[];
  /** Inputs that the real API never answers (write only): kept from the program, never drift. */
  writeOnly?: string[];
  /** What leaving out a property below the top level gives, by its path without indexes: `origins.connectionTimeout`. */
  nestedDefaults?: Properties;
  /** Input paths whose arrays are sets: their order is no difference. */
  sets?: string[];
  /**
   * `strict`: a live value beyond the program's input is a difference unless it equals the default (bridged providers).
   * `subset`: only what the program states or stated is compared (Kubernetes server-side apply). Default `strict`.
   */
  comparison?: "strict" | "subset";
  /** The real plugin's defaults for inputs left out, and automatic names. */
  defaults?(inputs: Properties, context: ResourceContext): Properties;
  /** Inputs as the real plugin completes them below the top level: automatic names. */
  complete?(inputs: Properties, context: ResourceContext): Properties;
  /** What the real plugin refuses in a preview, beyond types. */
  check?(inputs: Properties): CheckFailure[];
  /** Creates the object and returns its id. Throws CloudError. */
  create(api: A, inputs: Properties, context: ResourceContext): string | Promise<string>;
  /**
   * The live state, or undefined when the object is gone. `id` may also be an import id. `known` are the outputs of the
   * last update or refresh, for what the real plugin keeps instead of reading it; empty right after a write.
   */
  read(api: A, id: string, known: Properties): Properties | undefined | Promise<Properties | undefined>;
  /** The id that `read` with an import id leads to, when they differ. */
  importedId?(api: A, id: string): string;
  /** Changes the object. Leave out when every change replaces it. */
  update?(api: A, id: string, inputs: Properties, context: ResourceContext): void | Promise<void>;
  /** Why the object did not become ready after a write; the plugin then reports it as created, but failed. */
  awaited?(api: A, id: string, inputs: Properties): string | undefined;
  /** Operations in which the real plugin fails when the object is gone, where it usually takes that for an answer. */
  failsWhenGone?: ("read" | "delete")[];
  /** Deletes the object. A CloudError with status 404 counts as deleted. `oldInputs` say what the plugin alone knows. */
  delete(api: A, id: string, context: ResourceContext): void | Promise<void>;
}

/** A function such as `getUser`; throws CloudError when there is nothing to find. */
export type InvokeFunction<A> = (api: A, inputs: Properties) => Properties | Promise<Properties>;

/** One simulated cloud as seen by the engine. */
export interface Cloud<A> {
  /** Package name: github, aws, … */
  name: string;
  /** Interface for the credentials of this provider configuration; throws CloudError when they are refused. */
  connect(config: Properties): A;
  /** Provider arguments whose change replaces the provider, and with it every resource. */
  replaceProviderOn?: string[];
  resources: Record<string, ResourceType<A>>;
  functions: Record<string, InvokeFunction<A>>;
}
