/** A repository as it is before it is adopted: an inventory in which every part was seen. */
import { UserError } from "../../errors.ts";
import type { BranchPolicy, SecretFacts } from "../documents.ts";
import type {
  EnvironmentFacts,
  Inventory,
  InventoryOf,
  RepositoryFacts,
  Seen,
} from "../inventory/inventory.ts";

/** What an adoption reads. */
export const ADOPTION_PARTS = [
  "branches",
  "rulesets",
  "classicRules",
  "environments",
  "secrets",
  "collaborators",
  "workflowFiles",
  "actions",
] as const;

type AdoptionPart = (typeof ADOPTION_PARTS)[number];
type Value<P extends AdoptionPart> = Extract<Inventory[P], { seen: true }>["value"];

export interface PresentEnvironment
  extends Pick<
    EnvironmentFacts,
    "name" | "can_admins_bypass" | "protection_rules" | "deployment_branch_policy"
  > {
  branch_policies: BranchPolicy[];
  secrets: SecretFacts[];
}

export type Present = { repository: RepositoryFacts; environments: PresentEnvironment[] } & {
  [P in Exclude<AdoptionPart, "environments">]: Value<P>;
};

/**
 * The inventory without its question marks: what cannot be seen could be changed without being announced.
 * @throws UserError where the repository cannot be adopted, or a part could not be seen, with every reason
 */
export function presentOf(inventory: InventoryOf<AdoptionPart>): Present {
  refuseUnfit(inventory.repository);
  const unseen = unseenParts(inventory);
  if (unseen.length > 0) {
    throw new UserError(
      `${inventory.repository.full_name} cannot be adopted unseen, and this is not shown to the token:\n${unseen.map((line) => `  ${line}`).join("\n")}\n` +
        "Give the token the rights that docs/own-accounts.md lists under GitHub.",
    );
  }
  return {
    repository: inventory.repository,
    branches: seenValue(inventory.branches),
    rulesets: seenValue(inventory.rulesets),
    classicRules: seenValue(inventory.classicRules),
    environments: seenValue(inventory.environments).map((one) => ({
      ...one,
      branch_policies: seenValue(one.branch_policies),
      secrets: seenValue(one.secrets),
    })),
    secrets: seenValue(inventory.secrets),
    collaborators: seenValue(inventory.collaborators),
    workflowFiles: seenValue(inventory.workflowFiles),
    actions: seenValue(inventory.actions),
  };
}

function seenValue<T>(part: Seen<T>): T {
  if (part.seen) return part.value;
  throw new Error(part.reason);
}

const NAMES: Record<AdoptionPart, string> = {
  branches: "branches",
  rulesets: "rulesets",
  classicRules: "classic rules",
  environments: "environments",
  secrets: "secrets",
  collaborators: "people with access",
  workflowFiles: "workflow files",
  actions: "settings of Actions",
};

function unseenParts(inventory: InventoryOf<AdoptionPart>): string[] {
  const { rulesets, environments } = inventory;
  const hidden = rulesets.seen ? rulesets.value.filter(({ bypass_actors }) => !bypass_actors) : [];
  const parts: [string, Seen<unknown>][] = [
    ...ADOPTION_PARTS.map((part): [string, Seen<unknown>] => [NAMES[part], inventory[part]]),
    ...(environments.seen ? environments.value : []).flatMap(
      ({ name, branch_policies, secrets }): [string, Seen<unknown>][] => [
        [`branch policies of environment ${name}`, branch_policies],
        [`secrets of environment ${name}`, secrets],
      ],
    ),
  ];
  return [
    ...parts.flatMap(([what, part]) => (part.seen ? [] : [`${what}: ${part.reason}`])),
    ...hidden.map(({ name }) => `who may bypass the ruleset ${name}: the token may not see it`),
  ];
}

function refuseUnfit({ full_name, archived, permissions, visibility }: RepositoryFacts): void {
  if (archived) {
    throw new UserError(
      `${full_name} is archived, so nothing in it can be changed. Unarchive it on GitHub (Settings, Danger Zone), and run this again.`,
    );
  }
  if (!permissions.admin) {
    throw new UserError(
      `The token's user does not administer ${full_name}, so rules, environments and secrets cannot be made. Use a token of an administrator.`,
    );
  }
  if (visibility === "internal") {
    throw new UserError(
      `${full_name} is internal, and kai:repository.visibility knows public and private alone. Make it private on GitHub first.`,
    );
  }
}
