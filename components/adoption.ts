import * as pulumi from "@pulumi/pulumi";
import { UserError } from "../errors.ts";

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
 * @returns what to call once everything is declared: throws UserError for names that no resource has, since a typing
 * error would create a second object instead of taking over the first.
 */
export function adoptExisting(adopt: Record<string, string>): () => void {
  const names = new Set<string>();
  if (Object.keys(adopt).length > 0) {
    // Not `registerResourceTransform`: it asks the engine, and engine 3.274 answers "unknown method" to this SDK.
    pulumi.runtime.registerStackTransformation(({ name, type, props, opts }) => {
      if (type === "pulumi:providers:kubernetes" && process.env[WITHOUT_CLUSTER])
        return { props: { kubeconfig: "apiVersion: v1\nkind: Config\n", clusterIdentifier: "none" }, opts };
      if (type.startsWith("kai:")) return undefined;
      names.add(name);
      const id = adopt[name];
      return id === undefined ? undefined : { props, opts: { ...opts, import: id } };
    });
  }
  return () => refuseUnknown(Object.keys(adopt), names);
}

function refuseUnknown(wanted: string[], names: ReadonlySet<string>): void {
  const unknown = wanted.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new UserError(
    `kai:adopt names what this stack does not declare: ${unknown.join(", ")}. ` +
      `The names are those of \`pulumi preview\`: ${[...names].sort().join(", ")}.`,
  );
}
