/**
 * Property values between the engine's wire format and plain JavaScript: secrets are objects with a signature,
 * values not known in a preview are one fixed string (pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go).
 */
import struct from "google-protobuf/google/protobuf/struct_pb.js";

export type Properties = Record<string, unknown>;

/** Stands for a value that is known only after an `up`. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

export interface Unwrapped {
  /** The properties without any secret marks. */
  plain: Properties;
  /** The top-level properties that are or contain a secret. */
  secrets: Set<string>;
}

/** Takes the secret marks off and remembers which top-level properties carried one. */
export function unwrap(message: struct.Struct | undefined): Unwrapped {
  const secrets = new Set<string>();
  const strip = (value: unknown, top: string): unknown => {
    if (isSecret(value)) {
      secrets.add(top);
      return strip(value.value, top);
    }
    if (Array.isArray(value)) return value.map((item) => strip(item, top));
    if (isObject(value)) return mapValues(value, (item) => strip(item, top));
    return value;
  };
  const raw = (message?.toJavaScript() ?? {}) as Properties;
  return {
    plain: Object.fromEntries(Object.entries(raw).map(([key, value]) => [key, strip(value, key)])),
    secrets,
  };
}

/** The wire form of properties, with the named top-level ones marked secret. */
export function wrap(properties: Properties, secrets: Iterable<string> = []): struct.Struct {
  const marked: Properties = { ...withoutUndefined(properties) };
  for (const key of secrets) {
    if (key in marked) marked[key] = { [SIGNATURE]: SECRET, value: marked[key] };
  }
  return struct.Struct.fromJavaScript(marked as Record<string, struct.JavaScriptValue>);
}

function withoutUndefined(value: Properties): Properties {
  return JSON.parse(JSON.stringify(value)) as Properties;
}

export function mapValues(value: Properties, change: (item: unknown) => unknown): Properties {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]));
}

/** Whether any part of the value is unknown in this preview. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

export { isObject };
