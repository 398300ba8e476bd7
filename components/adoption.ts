import * as pulumi from "@pulumi/pulumi";

/**
 * Set by `kai recover` while the state has no Kubernetes provider. The engine makes every provider, also one that no
 * `--target` names, and ends the run where it depends on a cluster that is no target. So it gets nothing to depend on;
 * nothing uses it in that run, and the next `up` replaces it.
 */
export const WITHOUT_CLUSTER = "KAI_ADOPT_WITHOUT_CLUSTER";

/**
 * Takes over existing objects instead of creating them: every resource with a logical name of the map gets the import
 * id. Once a resource is in the state the entry has no effect and can be removed.
 * Import ids are what the provider's documentation says under "Import" for the type.
 */
export function adoptExisting(adopt: Record<string, string>): void {
  if (Object.keys(adopt).length === 0) return;
  // Not `registerResourceTransform`: it asks the engine, and engine 3.274 answers "unknown method" to this SDK.
  pulumi.runtime.registerStackTransformation(({ name, type, props, opts }) => {
    if (type === "pulumi:providers:kubernetes" && process.env[WITHOUT_CLUSTER])
      return { props: { kubeconfig: "apiVersion: v1\nkind: Config\n", clusterIdentifier: "none" }, opts };
    const id = adopt[name];
    const isComponent = type.startsWith("kai:");
    return isComponent || id === undefined ? undefined : { props, opts: { ...opts, import: id } };
  });
}
