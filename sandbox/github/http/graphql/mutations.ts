/** What can be changed in GraphQL: classic protection. */
import { type GitHub, refuse } from "../../client.ts";
import {
  BARE_RULE,
  createProtection,
  deleteProtection,
  findProtection,
  type ProtectionRequest,
  updateProtection,
} from "../../protection.ts";
import type { ProtectionRuleDocument } from "../../store.ts";
import { ruleNode } from "./queries.ts";

type Input = Record<string, unknown> & { clientMutationId?: string };

/** Members of the input that list node ids; the documents keep logins. */
const ACTORS = {
  pushActorIds: "pushAllowances",
  reviewDismissalActorIds: "reviewDismissalAllowances",
  bypassPullRequestActorIds: "bypassPullRequestAllowances",
  bypassForcePushActorIds: "bypassForcePushAllowances",
} as const;

function loginOf(github: GitHub, id: string): string {
  const account = Object.values(github.data.accounts).find(({ node_id }) => node_id === id);
  return (
    account?.login ??
    refuse("POST /graphql", 404, `Could not resolve to a node with the global id of '${id}'`)
  );
}

/** The rule that an input asks for; what it leaves out stays as it is. */
function wanted(github: GitHub, input: Input, present: ProtectionRequest): ProtectionRequest {
  const rule: Record<string, unknown> = { ...present };
  for (const [key, value] of Object.entries(input)) {
    if (key in ACTORS) {
      const ids = (value ?? []) as string[];
      rule[ACTORS[key as keyof typeof ACTORS]] = ids.map((id) => loginOf(github, id));
    } else if (key in BARE_RULE && value !== null) rule[key] = value;
  }
  return rule as unknown as ProtectionRequest;
}

function answer(github: GitHub, id: string, { clientMutationId = undefined }: Input) {
  const found = findProtection(github, id);
  const rule = found && ruleNode(github, found.record, found.rule);
  return { clientMutationId, branchProtectionRule: rule };
}

function presentRule(github: GitHub, id: unknown): ProtectionRuleDocument {
  const found = findProtection(github, String(id));
  return (
    found?.rule ?? refuse("POST /graphql", 404, `Could not resolve to a node with the global id of '${id}'`)
  );
}

/** The roots of mutations. */
export function mutations(github: GitHub): Record<string, unknown> {
  return {
    createBranchProtectionRule: ({ input }: { input: Input }) => {
      const rule = createProtection(github, String(input.repositoryId), wanted(github, input, BARE_RULE));
      return answer(github, rule.id, input);
    },
    updateBranchProtectionRule: ({ input }: { input: Input }) => {
      const { id, ...present } = presentRule(github, input.branchProtectionRuleId);
      updateProtection(github, id, wanted(github, input, present));
      return answer(github, id, input);
    },
    deleteBranchProtectionRule: ({ input }: { input: Input }) => {
      deleteProtection(github, presentRule(github, input.branchProtectionRuleId).id);
      return { clientMutationId: input.clientMutationId };
    },
  };
}
