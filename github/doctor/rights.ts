/** The rights that a GitHub token needs for each use, and those that the present one lacks. */
import type { TokenFacts } from "../token.ts";
import type { DoctorFacts } from "./facts.ts";
import { error, type Found, note, warning } from "./finding.ts";

/** Names of fine-grained permissions, as GitHub's headers have them; its page shows them with a capital. */
type Permission =
  | "actions"
  | "administration"
  | "contents"
  | "deployments"
  | "environments"
  | "metadata"
  | "pull_requests"
  | "secrets"
  | "statuses"
  | "variables"
  | "workflows";

type Access = "read" | "write";

export interface Use {
  /** The command. */
  name: "pulumi up" | "kai drift" | "kai promote" | "kai workflow propose";
  /** Fine-grained permissions on the repository (docs.github.com, permissions-required-for-fine-grained-…). */
  permissions: Partial<Record<Permission, Access>>;
  /** Scopes of a classic token that do the same, and more: they reach all repositories of its user. */
  scopes: readonly string[];
  /** Role of the token's user in the repository. */
  role: "admin" | "write";
}

/** The least set for each use. Each permission is tried against the simulated GitHub in tests/github/doctor/. */
export const USES: readonly Use[] = [
  {
    name: "pulumi up",
    permissions: {
      administration: "write",
      contents: "write",
      secrets: "write",
      environments: "write",
      actions: "read",
      metadata: "read",
    },
    scopes: ["repo"],
    role: "admin",
  },
  {
    // Bypass lists of rulesets are shown to whoever may change them alone.
    name: "kai drift",
    permissions: {
      administration: "write",
      contents: "read",
      secrets: "read",
      environments: "read",
      variables: "read",
      actions: "read",
      metadata: "read",
    },
    scopes: ["repo"],
    role: "admin",
  },
  {
    name: "kai promote",
    permissions: {
      contents: "write",
      deployments: "read",
      pull_requests: "read",
      statuses: "read",
      metadata: "read",
    },
    scopes: ["repo"],
    role: "write",
  },
  {
    name: "kai workflow propose",
    permissions: { contents: "write", workflows: "write", pull_requests: "write", metadata: "read" },
    scopes: ["repo", "workflow"],
    role: "write",
  },
];

/** Apps may have it, fine-grained tokens of people may not; on a public repository nobody needs it. */
const CHECKS = "Checks: read";

/** How a missing role begins. */
const ROLE = "the role";

/** What is known of the present token for one use. */
export interface Rights extends Use {
  /** Rights that it lacks, in words. */
  missing: string[];
  /** Whether all of them are known: GitHub never tells the permissions of a fine-grained token, only some show. */
  isKnown: boolean;
}

export function rightsOf(facts: DoctorFacts): Rights[] {
  const { permissions } = facts.inventory.repository;
  return USES.map((use) => {
    const lacksRole = use.role === "admin" ? !permissions.admin : !permissions.push;
    const { missing, isKnown } = tokenLacks(use, facts);
    const roles = lacksRole ? [`${ROLE} ${use.role} for ${facts.token.login ?? "the app"}`] : [];
    return { ...use, missing: [...roles, ...missing], isKnown };
  });
}

function tokenLacks(use: Use, facts: DoctorFacts): Pick<Rights, "missing" | "isKnown"> {
  const { scopes } = facts.token;
  if (scopes) {
    const missing = use.scopes.filter((scope) => !scopes.includes(scope));
    return { missing: missing.map((scope) => `the scope ${scope}`), isKnown: true };
  }
  const lacking = lackingPermissions(facts);
  const needed = Object.entries(use.permissions) as [Permission, Access][];
  const missing = needed.filter(
    ([permission, access]) => lacking.has(`${permission}:read`) || lacking.has(`${permission}:${access}`),
  );
  const hidden = use.name === "kai promote" && !facts.reported.seen ? [CHECKS] : [];
  return {
    missing: [...missing.map(([permission, access]) => permissionText(permission, access)), ...hidden],
    isKnown: false,
  };
}

/** `Pull requests: write`, as GitHub's page has it. */
function permissionText(permission: Permission, access: Access): string {
  const words = permission === "statuses" ? "commit statuses" : permission.replaceAll("_", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}: ${access}`;
}

/** What a fine-grained token certainly lacks, by what it was not shown. */
function lackingPermissions({ inventory }: DoctorFacts): ReadonlySet<`${Permission}:${Access}`> {
  const { deployKeys, rulesets, secrets, environments, workflowFiles, workflows } = inventory;
  const hides = rulesets.seen && rulesets.value.some(({ bypass_actors }) => bypass_actors === undefined);
  const values = environments.seen ? environments.value : [];
  const lacking: [`${Permission}:${Access}`, boolean][] = [
    ["administration:read", !deployKeys.seen],
    ["administration:write", hides],
    ["secrets:read", !secrets.seen],
    ["environments:read", values.some((environment) => !environment.secrets.seen)],
    ["actions:read", !environments.seen || !workflows.seen],
    ["contents:read", !workflowFiles.seen],
  ];
  return new Set(lacking.filter(([, lacks]) => lacks).map(([right]) => right));
}

const LEVELS = {
  "pulumi up": warning,
  "kai drift": error,
  "kai promote": note,
  "kai workflow propose": note,
};

export function checkRights(facts: DoctorFacts): Found[] {
  const found = rightsOf(facts)
    .filter(({ missing }) => missing.length > 0)
    .map((rights) => {
      const { name, missing } = rights;
      const message = `GITHUB_TOKEN is not enough for \`${name}\`: it lacks ${missing.join(", ")}.`;
      return LEVELS[name](message, remedyFor(rights, facts.token.kind));
    });
  return [...found, ...checkMover(facts)];
}

function remedyFor({ missing, role, scopes, permissions }: Rights, kind: TokenFacts["kind"]): string {
  if (missing.some((right) => right.startsWith(ROLE))) {
    return `Take a token of somebody with the role ${role} in the repository.`;
  }
  const classic = `https://github.com/settings/tokens/new?scopes=${scopes.join(",")}`;
  if (kind === "classic") return `Make a token with these scopes: ${classic}`;
  if (kind === "fine-grained" && missing.includes(CHECKS)) {
    return `GitHub shows the checks of a private repository to no fine-grained token. Make a classic one: ${classic}`;
  }
  return `Give the token these permissions (github.com/settings/personal-access-tokens): ${describePermissions(permissions)}.`;
}

export function describePermissions(permissions: Use["permissions"]): string {
  const all = Object.entries(permissions) as [Permission, Access][];
  return all.map(([permission, access]) => permissionText(permission, access)).join(", ");
}

/** Whoever promotes must be whom the rules let move the production branch. */
function checkMover({ owner, token }: DoctorFacts): Found[] {
  const { mainOwner } = owner.rules;
  if (token.login?.toLowerCase() === mainOwner.toLowerCase()) return [];
  return [
    note(
      `GITHUB_TOKEN is ${token.login ? `${token.login}'s` : "an app's"}, and only ${mainOwner} may move ${owner.branches.production}: \`kai promote\` would be refused.`,
    ),
  ];
}
