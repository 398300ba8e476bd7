/** The issues of stacks on GitHub: found, opened, kept up to date, closed. Needs `issues: write` alone. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import type { GitHubError } from "../../github/problems.ts";
import type { ReportedStack } from "../report.ts";
import { LABEL, nextStep, type Present, type Step, titleOf } from "./life.ts";
import { isMarked } from "./seen.ts";

export interface Target {
  owner: string;
  repo: string;
}

/** What was done about a stack's issue. */
export interface Told {
  done: Step["done"];
  changed: boolean;
  /** The issue's page; undefined where there is none. */
  issue?: string;
}

type Found = Present & { title: string; url: string; isLocked: boolean };

/**
 * Tells GitHub what a check found in one stack.
 * @param today as `2026-11-25`, UTC
 * @throws UserError where issues are switched off, the token may not write them, or GitHub cannot be reached
 */
export async function tellIssue(
  github: Octokit,
  target: Target,
  report: ReportedStack,
  today: string,
): Promise<Told> {
  try {
    return await tell(github, target, report, today);
  } catch (error) {
    throw refusal(error as GitHubError, target);
  }
}

async function tell(github: Octokit, target: Target, report: ReportedStack, today: string): Promise<Told> {
  const present = await keepFirst(github, target, report);
  const { done, changed, comment, write } = nextStep(report, present, today);
  if (!present) return { done, changed, ...(write && { issue: await open(github, target, report, write) }) };
  const issue = { ...target, issue_number: present.number };
  if (comment !== undefined) {
    await github.rest.issues.createComment({ ...issue, body: comment }).catch((error: GitHubError) => {
      // Who locks the conversation wants no more comments; the issue itself stays true.
      if (!present.isLocked || error.status !== 403) throw error;
    });
  }
  if (write) await github.rest.issues.update({ ...issue, ...write });
  return { done, changed, issue: present.url };
}

/**
 * Opens an issue, and never a second one: GitHub has no way to open one only where none is. So what is there is asked
 * again afterwards, which also tells whether an answer that got lost was a yes.
 */
async function open(
  github: Octokit,
  target: Target,
  report: ReportedStack,
  { body = "", labels = [] }: NonNullable<Step["write"]>,
): Promise<string> {
  let lost: unknown;
  const opened = await github.rest.issues
    .create({ ...target, title: titleOf(report.stack), body, labels })
    .catch((error: Error) => {
      if (!(error instanceof UserError)) throw error;
      lost = error;
      return undefined;
    });
  const kept = await keepFirst(github, target, report);
  const url = kept?.url ?? opened?.data.html_url;
  if (url === undefined) throw lost;
  return url;
}

/**
 * Of issues that two runs opened at once, the later ones are closed and forgotten. One with another title is somebody's
 * own, into which the text was copied.
 */
async function keepFirst(github: Octokit, target: Target, report: ReportedStack): Promise<Found | undefined> {
  const [first, ...more] = await issuesOf(github, target, report);
  for (const { number, title } of more) {
    if (title !== titleOf(report.stack)) continue;
    await github.rest.issues.update({
      ...target,
      issue_number: number,
      body: `Opened twice at the same time: #${first?.number} is kept.`,
      state: "closed",
      state_reason: "not_planned",
    });
  }
  return first;
}

/**
 * The issues of a stack, oldest first. By label they are found at once; somebody may have taken that away, so all are
 * looked through before a new one is opened. For a clean stack only those that are open matter.
 */
async function issuesOf(github: Octokit, target: Target, report: ReportedStack): Promise<Found[]> {
  const list = async (filter: { labels?: string; state: "open" | "all" }) => {
    const all = await github.paginate(github.rest.issues.listForRepo, {
      ...target,
      ...filter,
      per_page: 100,
      direction: "asc",
    });
    return all.filter((issue) => isOurs(issue, report.stack)).map(presentOf);
  };
  const labelled = await list({ labels: LABEL, state: "all" });
  if (labelled.length > 0) return labelled;
  return list({ state: report.findings.length > 0 ? "all" : "open" });
}

type Listed = Awaited<ReturnType<Octokit["rest"]["issues"]["listForRepo"]>>["data"][number];

/** Anybody may open an issue in a public repository, also one that looks like ours: nobody else's is written to. */
function isOurs({ body, pull_request, user, author_association }: Listed, stack: string): boolean {
  const isTeam = ["OWNER", "MEMBER", "COLLABORATOR"].includes(author_association ?? "");
  return !pull_request && (isTeam || user?.type === "Bot") && isMarked(stack, body ?? "");
}

function presentOf({ number, title, state, body, labels, html_url, locked }: Listed): Found {
  const names = labels.map((label) => (typeof label === "string" ? label : (label.name ?? "")));
  return {
    number,
    title,
    isOpen: state === "open",
    body: body ?? "",
    labels: names,
    url: html_url,
    isLocked: locked,
  };
}

function refusal(error: GitHubError, { owner, repo }: Target): Error {
  if (error.status === 410)
    return new UserError(
      `Issues are switched off in ${owner}/${repo}. Switch them on in Settings → General → Features, or do without \`kai drift tell\`.`,
    );
  if (error.status === 403 || error.status === 404)
    return new UserError(
      `GitHub does not let the token write issues of ${owner}/${repo} (${error.status}). It needs the permission "Issues: write".`,
      { cause: error },
    );
  return error;
}
