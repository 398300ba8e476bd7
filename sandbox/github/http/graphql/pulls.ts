/** Pull requests in GraphQL, as far as `gh pr` asks for them. */
import { type GitHub, refuse } from "../../client.ts";
import { violations } from "../../decisions.ts";
import { commitsBetween } from "../../git/history.ts";
import { isMergeable, mergePull } from "../../pulls/merge.ts";
import { createPull, editPull } from "../../pulls/pulls.ts";
import { nodeId, type RepositoryRecord } from "../../store.ts";
import type { PullDocument } from "../../work.ts";
import { accountNode, connection, repositoryNode } from "./queries.ts";

type Body = Record<string, unknown>;

/** Somebody, or an app's token. */
function actorNode(github: GitHub, login: string): Body {
  if (github.account(login)) return accountNode(github, login);
  return { __typename: "Bot", id: nodeId("BOT", 41_898_282), login, url: `https://github.com/apps/${login}` };
}

/** GraphQL, MergeStateStatus. */
function mergeState(github: GitHub, record: RepositoryRecord, pull: PullDocument): string {
  const base = record.refs[`refs/heads/${pull.base.ref}`];
  if (pull.state === "closed" || !base) return "UNKNOWN";
  if (pull.draft) return "DRAFT";
  if (!isMergeable(record, pull)) return "DIRTY";
  const change = { kind: "merge", ref: base.ref, before: base.object.sha, pull, method: "squash" } as const;
  return violations(github, record, change).length > 0 ? "BLOCKED" : "CLEAN";
}

/** A pull request. */
export function pullNode(github: GitHub, record: RepositoryRecord, pull: PullDocument): Body {
  const { full_name } = record.repository;
  const commits = () =>
    commitsBetween(record, pull.base.sha, pull.head.sha).map((commit) => ({
      __typename: "PullRequestCommit",
      commit: { __typename: "Commit", oid: commit.sha, message: commit.message, statusCheckRollup: null },
    }));
  const reviews = () =>
    pull.reviews.map((review) => ({
      __typename: "PullRequestReview",
      id: nodeId("PRR", review.id),
      author: () => actorNode(github, review.user),
      authorAssociation: "NONE",
      body: review.body,
      state: review.state,
      submittedAt: review.submitted_at,
    }));
  return {
    __typename: "PullRequest",
    id: nodeId("PR", pull.id),
    fullDatabaseId: String(pull.id),
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    state: pull.merged_at ? "MERGED" : pull.state.toUpperCase(),
    merged: pull.merged_at !== null,
    closed: pull.state === "closed",
    isDraft: pull.draft,
    isCrossRepository: false,
    isInMergeQueue: false,
    isMergeQueueEnabled: false,
    locked: false,
    maintainerCanModify: false,
    url: `https://github.com/${full_name}/pull/${pull.number}`,
    createdAt: pull.created_at,
    updatedAt: pull.updated_at,
    closedAt: pull.closed_at,
    mergedAt: pull.merged_at,
    mergedBy: () => pull.merged_by && actorNode(github, pull.merged_by),
    author: () => actorNode(github, pull.user),
    headRefName: pull.head.ref,
    headRefOid: pull.head.sha,
    baseRefName: pull.base.ref,
    baseRefOid: pull.base.sha,
    repository: () => repositoryNode(github, record),
    headRepository: () => repositoryNode(github, record),
    headRepositoryOwner: () => accountNode(github, record.repository.owner.login),
    mergeable: () => (isMergeable(record, pull) === false ? "CONFLICTING" : "MERGEABLE"),
    mergeStateStatus: () => mergeState(github, record, pull),
    reviewDecision: null,
    autoMergeRequest: null,
    milestone: null,
    additions: 0,
    deletions: 0,
    changedFiles: 0,
    commits: () => connection(commits()),
    reviews: () => connection(reviews()),
    latestReviews: () => connection(reviews()),
    reviewRequests: () => connection([]),
    comments: () => connection([]),
    assignees: () => connection([]),
    assignedActors: () => connection([]),
    labels: () => connection([]),
    projectCards: () => connection([]),
    projectItems: () => connection([]),
    reactionGroups: [],
  };
}

/** What `Repository` answers about them. */
export function pullFields(github: GitHub, record: RepositoryRecord): Body {
  const node = (pull: PullDocument) => pullNode(github, record, pull);
  const numbered = (number: number) =>
    record.pulls.find((pull) => pull.number === number) ??
    refuse("POST /graphql", 404, `Could not resolve to a PullRequest with the number of ${number}.`);
  return {
    pullRequest: ({ number }: { number: number }) => node(numbered(number)),
    pullRequests({
      states,
      headRefName,
      baseRefName,
    }: {
      states?: string[];
      headRefName?: string;
      baseRefName?: string;
    }) {
      const all = record.pulls.toReversed().map(node);
      return connection(
        all.filter(
          (pull) =>
            (!states || states.includes(String(pull.state))) &&
            (!headRefName || pull.headRefName === headRefName) &&
            (!baseRefName || pull.baseRefName === baseRefName),
        ),
      );
    },
  };
}

interface Found {
  record: RepositoryRecord;
  pull: PullDocument;
  /** The client for the repository's owner. */
  client: GitHub;
}

function found(github: GitHub, id: string): Found {
  for (const record of Object.values(github.data.repositories).filter((one) => github.sees(one))) {
    const pull = record.pulls.find((one) => nodeId("PR", one.id) === id);
    if (pull) return { record, pull, client: github.ofOwner(record.repository.owner.login) };
  }
  return refuse("POST /graphql", 404, `Could not resolve to a node with the global id of '${id}'`);
}

type Input = Record<string, string | undefined>;

/** Mutations of pull requests. */
export function pullMutations(github: GitHub): Body {
  const answer = ({ client, record, pull }: Found, { clientMutationId }: Input) => ({
    clientMutationId,
    pullRequest: pullNode(client, record, pull),
  });
  return {
    createPullRequest({ input }: { input: Input & { draft?: boolean } }) {
      const records = Object.values(github.data.repositories);
      const record = records.find(({ repository }) => repository.node_id === input.repositoryId);
      if (!record)
        refuse(
          "POST /graphql",
          404,
          `Could not resolve to a node with the global id of '${input.repositoryId}'`,
        );
      const client = github.ofOwner(record.repository.owner.login);
      const { headRefName: head = "", baseRefName: base = "", title = "", body = null } = input;
      const pull = createPull(client, record.repository.name, {
        head,
        base,
        title,
        body,
        draft: input.draft === true,
      });
      return answer({ client, record, pull }, input);
    },
    mergePullRequest({ input }: { input: Input }) {
      const one = found(github, String(input.pullRequestId));
      const { mergeMethod = "MERGE", commitHeadline, commitBody, expectedHeadOid } = input;
      mergePull(one.client, one.record.repository.name, one.pull.number, {
        merge_method: mergeMethod.toLowerCase() as "merge",
        ...(commitHeadline && { commit_title: commitHeadline }),
        ...(commitBody && { commit_message: commitBody }),
        ...(expectedHeadOid && { sha: expectedHeadOid }),
      });
      return answer(one, input);
    },
    closePullRequest({ input }: { input: Input }) {
      const one = found(github, String(input.pullRequestId));
      editPull(one.client, one.record.repository.name, one.pull.number, { state: "closed" });
      return answer(one, input);
    },
  };
}
