/** Runs components against simulated clouds without an engine: quick, and every input and object can be looked at. */
import * as pulumi from "@pulumi/pulumi";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Cloud, ResourceContext, ResourceType } from "../../sandbox/provider/declaration.ts";
import { differences, isEmpty } from "../../sandbox/provider/diff.ts";
import { compact, PackageSchema } from "../../sandbox/provider/schema.ts";
import { type Properties, unwrap } from "../../sandbox/provider/values.ts";

// The clouds differ in what they are connected to; a test uses several.
// biome-ignore lint/suspicious/noExplicitAny: see above
type AnyCloud = Cloud<any>;

/** One resource as it was declared and created. */
export interface Declared {
  type: string;
  name: string;
  id: string;
  inputs: Properties;
  /** Inputs that are secret, or hold one. */
  secrets: ReadonlySet<string>;
  /** Options that the engine sees. */
  options: pulumi.CustomResourceOptions;
  /** Properties that differ from what was declared; `gone` when the object is. */
  drift(): Promise<string[]>;
}

/** What a program declared. */
export interface DeclaredProgram<T> {
  value: T;
  resources: Declared[];
  /** The one resource of this type whose name ends so. */
  find(type: string, nameEnd?: string): Declared;
}

/**
 * Declares what `build` constructs, in the simulated clouds.
 * @param build passes the given options on to every component, so that their children are seen
 */
export async function declare<T>(
  clouds: AnyCloud[],
  build: (options: pulumi.ComponentResourceOptions) => T,
): Promise<DeclaredProgram<T>> {
  const resources: Declared[] = [];
  const options = new Map<string, pulumi.CustomResourceOptions>();
  const registered: pulumi.Resource[] = [];
  const apis = new Map<string, unknown>();
  const schemas = new Map(clouds.map(({ name }) => [name, new PackageSchema(name)]));
  const packageOf = (token: string) => token.split(":")[token.startsWith("pulumi:providers:") ? 2 : 0] ?? "";
  const cloudOf = (token: string) => clouds.find(({ name }) => name === packageOf(token));

  await pulumi.runtime.setMocks({
    async newResource({ type, name, inputs: raw, custom }) {
      const { plain, secrets } = unwrap(struct.Struct.fromJavaScript(raw));
      const cloud = cloudOf(type);
      if (!custom || !cloud) return { id: undefined, state: {} };
      if (type.startsWith("pulumi:providers:")) {
        apis.set(cloud.name, cloud.connect(plain));
        return { id: name, state: plain };
      }
      const declaration = cloud.resources[type];
      const schema = schemas.get(cloud.name);
      if (!declaration || !schema) throw new Error(`no simulated ${type}`);
      const api = apis.get(cloud.name);
      const context = { name, suffix: "0123456" };
      const inputs: Properties = { ...declaration.defaults?.(plain, context), ...plain };
      const [failure] = [...schema.validate(type, plain), ...(declaration.check?.(inputs) ?? [])];
      if (failure) throw new Error(`${name}: ${failure.property}: ${failure.reason}`);
      const imported = options.get(`${type} ${name}`)?.import;
      const id = imported
        ? await takeOver(declaration, api, imported, inputs, context)
        : await declaration.create(api, inputs, context);
      resources.push({
        type,
        name,
        id,
        inputs,
        secrets,
        options: options.get(`${type} ${name}`) ?? {},
        drift: () => driftOf(schema, declaration, api, { type, id, inputs }),
      });
      return { id, state: { ...inputs, ...(await declaration.read(api, id, {})) } };
    },
    call: async ({ token, inputs }) => {
      const cloud = cloudOf(token);
      try {
        return (await cloud?.functions[token]?.(apis.get(cloud.name), inputs)) ?? {};
      } catch (error) {
        // The engine's client shows the details of an error and not its message, as gRPC has them.
        throw error instanceof Error ? Object.assign(error, { details: error.message }) : error;
      }
    },
  });
  const value = build({
    transformations: [
      ({ resource, type, name, opts }) => {
        registered.push(resource);
        options.set(`${type} ${name}`, opts);
        return undefined;
      },
    ],
  });
  for (const { urn } of registered) await settled(urn);
  const find = (type: string, nameEnd = "") => {
    const [found, ...others] = resources.filter(
      (one) => one.type.endsWith(`:${type}`) && one.name.endsWith(nameEnd),
    );
    if (!found || others.length > 0)
      throw new Error(`${others.length + (found ? 1 : 0)} resources are ${type} ${nameEnd}`);
    return found;
  };
  return { value, resources, find };
}

/** An import, as the engine follows it by an update. */
async function takeOver(
  declaration: ResourceType<unknown>,
  api: unknown,
  imported: string,
  inputs: Properties,
  context: ResourceContext,
): Promise<string> {
  const id = declaration.importedId?.(api, imported) ?? imported;
  await declaration.update?.(api, id, inputs, context);
  return id;
}

/** The value of an output. */
export function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value as T)));
}

/** What a refresh would find: the same comparison that the stand-in's server makes. */
async function driftOf(
  schema: PackageSchema,
  declaration: ResourceType<unknown>,
  api: unknown,
  { type, id, inputs }: Pick<Declared, "type" | "id" | "inputs">,
): Promise<string[]> {
  const state = await declaration.read(api, id, {});
  if (!state) return ["gone"];
  const { writeOnly = [], optionalComputed = [] } = declaration;
  const live = compact({ ...pick(inputs, writeOnly), ...state }) as Properties;
  const names = schema
    .inputNames(type)
    .filter((name) => name in inputs || (!optionalComputed.includes(name) && !isEmpty(live[name])));
  return [...differences(live, pick(live, names), inputs, {}, declaration).keys()];
}

function pick(properties: Properties, names: string[]): Properties {
  return Object.fromEntries(
    names.filter((name) => name in properties).map((name) => [name, properties[name]]),
  );
}
