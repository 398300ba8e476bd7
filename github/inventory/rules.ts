/** Rulesets and classic rules. */
import type { ClassicRule, Ruleset } from "../documents.ts";
import type { Reading } from "./read.ts";
import { Unseen } from "./seen.ts";

/**
 * Those of the repository and those that an organization imposes. The list has neither rules nor bypass actors
 * (docs.github.com/rest/repos/rules), so each is asked for. One for pushes is for no refs, and GitHub leaves out what it
 * is for (OpenAPI, repository-ruleset: `conditions` may be null).
 */
export async function readRulesets({ github, owner, repo }: Reading): Promise<Ruleset[]> {
  const list = await github.paginate(github.repos.getRepoRulesets, { owner, repo, per_page: 100 });
  const one = async (ruleset_id: number) => {
    const { data } = await github.repos.getRepoRuleset({ owner, repo, ruleset_id });
    const ref_name = { include: [], exclude: [], ...data.conditions?.ref_name };
    return { ...data, conditions: { ...data.conditions, ref_name }, rules: data.rules ?? [] } as Ruleset;
  };
  return Promise.all(list.map(({ id }) => one(id)));
}

const FIELDS = `
  id pattern isAdminEnforced allowsDeletions allowsForcePushes lockBranch
  requiresCommitSignatures requiresConversationResolution requiresLinearHistory
  requiresApprovingReviews requiredApprovingReviewCount dismissesStaleReviews
  requiresCodeOwnerReviews requireLastPushApproval restrictsReviewDismissals requiresDeployments requiredDeploymentEnvironments
  requiresStatusChecks requiresStrictStatusChecks requiredStatusCheckContexts
  restrictsPushes blocksCreations
`;
const ACTOR = "actor { ... on User { login } ... on Team { combinedSlug } ... on App { slug } }";

const QUERY = `query($owner: String!, $repo: String!, $cursor: String) {
  repository(owner: $owner, name: $repo) {
    branchProtectionRules(first: 100, after: $cursor) {
      pageInfo { hasNextPage endCursor }
      nodes {
        ${FIELDS}
        pushAllowances(first: 100) { nodes { ${ACTOR} } }
        bypassPullRequestAllowances(first: 100) { nodes { ${ACTOR} } }
        bypassForcePushAllowances(first: 100) { nodes { ${ACTOR} } }
      }
    }
  }
}`;

interface Allowances {
  nodes: { actor: { login?: string; combinedSlug?: string; slug?: string } | null }[];
}

const LISTS = ["pushAllowances", "bypassPullRequestAllowances", "bypassForcePushAllowances"] as const;

type RuleNode = Omit<ClassicRule, (typeof LISTS)[number]> & Record<(typeof LISTS)[number], Allowances>;

interface Answer {
  repository: {
    branchProtectionRules: {
      pageInfo: { hasNextPage: boolean; endCursor: string | null };
      nodes: RuleNode[];
    };
  };
}

/** In GraphQL, since REST knows no pattern without a branch. It shows nobody but administrators any, and says nothing. */
export async function readClassicRules({ github, owner, repo, repository }: Reading): Promise<ClassicRule[]> {
  if (!repository.permissions.admin)
    throw new Unseen("Only administrators of the repository see classic rules.");
  const rules: ClassicRule[] = [];
  let cursor: string | null = null;
  do {
    const answer: Answer = await github.graphql<Answer>(QUERY, { owner, repo, cursor });
    const { nodes, pageInfo } = answer.repository.branchProtectionRules;
    rules.push(...nodes.map(ruleOf));
    cursor = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (cursor !== null);
  return rules;
}

function ruleOf(node: RuleNode): ClassicRule {
  const { pushAllowances, bypassPullRequestAllowances, bypassForcePushAllowances, ...plain } = node;
  return {
    ...plain,
    requiredApprovingReviewCount: plain.requiredApprovingReviewCount ?? 0,
    requiredDeploymentEnvironments: plain.requiredDeploymentEnvironments ?? [],
    requiredStatusCheckContexts: plain.requiredStatusCheckContexts ?? [],
    pushAllowances: logins(pushAllowances),
    bypassPullRequestAllowances: logins(bypassPullRequestAllowances),
    bypassForcePushAllowances: logins(bypassForcePushAllowances),
  };
}

/** As `ClassicRule` has them. A person may be called as an app is. */
function logins({ nodes }: Allowances): string[] {
  return nodes.flatMap(({ actor }) => {
    const app = actor?.slug === undefined ? [] : `${actor.slug}[bot]`;
    return actor?.login ?? actor?.combinedSlug ?? app;
  });
}
