/** Who asks, and whether they may: bearer tokens and Roles (kubernetes.io/docs/reference/access-authn-authz). */
import { CloudError } from "../provider/declaration.ts";
import type { Properties } from "../provider/values.ts";
import { all } from "./controllers.ts";
import { groupOf, type Kind, resourceName } from "./kinds.ts";
import type { KubernetesStore, ServerDocument } from "./store.ts";
import { at } from "./validation.ts";

/** An account of a namespace, or the administrator that DigitalOcean's own token stands for. */
export interface Identity {
  user: string;
  isAdministrator: boolean;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete";

/** @throws CloudError 401 when nobody has the token */
export function authenticate(store: KubernetesStore, address: string, token: string | undefined): Identity {
  if (token === store.administratorToken) return { user: "digitalocean", isAdministrator: true };
  const encoded = Buffer.from(token ?? "").toString("base64");
  for (const [place, data] of Object.entries(store.vault.data.secrets[address] ?? {})) {
    if (!token || data.token !== encoded) continue;
    const [namespace, name] = place.split("/");
    const secret = all(store.main.data.servers[address] as ServerDocument, "Secret", namespace).find(
      (candidate) => candidate.metadata.name === name,
    );
    const account = secret?.metadata.annotations?.["kubernetes.io/service-account.name"];
    if (account) return { user: `system:serviceaccount:${namespace}:${account}`, isAdministrator: false };
  }
  throw new CloudError(401, "Unauthorized");
}

/** One request, as a Role has to allow it. */
export interface Action {
  verb: Verb;
  kind: Kind;
  namespace: string;
  name: string;
}

/** @throws CloudError 403 when no Role of the namespace allows the request */
export function authorize(
  server: ServerDocument,
  { user, isAdministrator }: Identity,
  { verb, kind, namespace, name }: Action,
): void {
  if (isAdministrator) return;
  const bound = all(server, "RoleBinding", namespace).filter((binding) =>
    ((binding.subjects ?? []) as Properties[]).some(
      (subject) => `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}` === user,
    ),
  );
  const rules = bound.flatMap((binding) => {
    const role = all(server, "Role", namespace).find(
      ({ metadata }) => metadata.name === at(binding, "roleRef.name"),
    );
    return (role?.rules ?? []) as Record<"apiGroups" | "resources" | "verbs" | "resourceNames", string[]>[];
  });
  const includes = (list: string[] | undefined, item: string) =>
    list?.some((entry) => entry === item || entry === "*");
  const isAllowed = rules.some(
    (rule) =>
      includes(rule.apiGroups, groupOf(kind.apiVersion)) &&
      includes(rule.resources, kind.plural) &&
      includes(rule.verbs, verb) &&
      (!rule.resourceNames?.length || rule.resourceNames.includes(name)),
  );
  if (isAllowed) return;
  throw new CloudError(
    403,
    `${resourceName(kind)} "${name}" is forbidden: User "${user}" cannot ${verb} resource "${kind.plural}" in API group "${groupOf(kind.apiVersion)}" in the namespace "${namespace}"`,
  );
}
