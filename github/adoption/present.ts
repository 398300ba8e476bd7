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
  const unseen: string[] = [];
  const value = <T>(what: string, part: Seen<T[]> | Seen<T>): never[] | T[] | T => {
    if (part.seen) return part.value;
    unseen.push(`  ${what}: ${part.reason}`);
    return [];
  };
  const environments = (value("environments", inventory.environments) as EnvironmentFacts[]).map((one) => ({
    ...one,
    branch_policies: value(
      `branch policies of environment ${one.name}`,
      one.branch_policies,
    ) as BranchPolicy[],
    secrets: value(`secrets of environment ${one.name}`, one.secrets) as SecretFacts[],
  }));
  const rulesets = value("rulesets", inventory.rulesets) as Value<"rulesets">;
  for (const { name, bypass_actors } of rulesets) {
    if (!bypass_actors) unseen.push(`  who may bypass the ruleset ${name}: the token may not see it`);
  }
  const present = {
    repository: inventory.repository,
    branches: value("branches", inventory.branches) as Value<"branches">,
    rulesets,
    classicRules: value("classic rules", inventory.classicRules) as Value<"classicRules">,
    environments,
    secrets: value("secrets", inventory.secrets) as SecretFacts[],
    collaborators: value("people with access", inventory.collaborators) as Value<"collaborators">,
    workflowFiles: value("workflow files", inventory.workflowFiles) as Value<"workflowFiles">,
    actions: value("settings of Actions", inventory.actions) as Value<"actions">,
  };
  if (unseen.length === 0) return present;
  throw new UserError(
    `${inventory.repository.full_name} cannot be adopted unseen, and this is not shown to the token:\n${unseen.join("\n")}\n` +
      "Give the token the rights that docs/own-accounts.md lists under GitHub.",
  );
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
