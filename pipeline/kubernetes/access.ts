import { stringify } from "yaml";
import type { ServiceSettings } from "../../settings.ts";

/** One rule of a Role. */
export interface RoleRule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

const READ = ["get", "list", "watch"];

/**
 * What the workflow's credential may do: `kubectl set image` on the services' own Deployments, `kubectl rollout
 * status`, and look at pods and events when that fails. No Secrets, no exec, no other namespace.
 */
export function deployerRules(services: readonly ServiceSettings[]): RoleRule[] {
  return [
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: READ },
    { apiGroups: [""], resources: ["pods", "events"], verbs: READ },
    ...(services.length === 0
      ? []
      : [
          {
            apiGroups: ["apps"],
            resources: ["deployments"],
            resourceNames: services.map(({ name }) => name),
            verbs: ["patch"],
          },
        ]),
  ];
}

/** What a kubeconfig says. */
export interface KubeconfigParts {
  /** Name of cluster, user and context in the file. */
  name: string;
  /** Address of the API server, with https://. */
  server: string;
  /** Certificate of its authority, PEM in base64 as DigitalOcean answers it. */
  certificateAuthority: string;
  /** Bearer token. */
  token: string;
  /** Namespace of commands that name none. Default `default`. */
  namespace?: string;
}

/** Text of a kubeconfig with one cluster, one user and one context. */
export function kubeconfig({
  name,
  server,
  certificateAuthority,
  token,
  namespace,
}: KubeconfigParts): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificateAuthority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace && { namespace }) } }],
    "current-context": name,
  });
}

/** Content of a `kubernetes.io/dockerconfigjson` Secret. */
export function dockerConfig(registry: { server: string; username: string; password: string }): string {
  const { server, username, password } = registry;
  // Docker Hub's credentials are looked up by this address, whatever name the images carry.
  const address = server === "docker.io" ? "https://index.docker.io/v1/" : server;
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  return JSON.stringify({ auths: { [address]: { username, password, auth } } });
}
