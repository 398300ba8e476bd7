import * as pulumi from "@pulumi/pulumi";

/**
 * Takes over existing objects instead of creating them: every resource with a logical name of the map gets the import
 * id. Once a resource is in the state the entry has no effect and can be removed.
 * Import ids are what the provider's documentation says under "Import" for the type.
 */
export function adoptExisting(adopt: Record<string, string>): void {
  if (Object.keys(adopt).length === 0) return;
  // Not `registerResourceTransform`: it asks the engine, and engine 3.274 answers "unknown method" to this SDK.
  pulumi.runtime.registerStackTransformation(({ name, type, props, opts }) => {
    const id = adopt[name];
    const isComponent = type.startsWith("kai:");
    return isComponent || id === undefined ? undefined : { props, opts: { ...opts, import: id } };
  });
}
