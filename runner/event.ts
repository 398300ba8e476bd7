/** What started a run, and whether a workflow starts for it (docs.github.com, "Events that trigger workflows"). */
import { UserError } from "../errors.ts";
import { matchesFilter } from "./filters.ts";
import type { Workflow } from "./parser.ts";

export interface WorkflowEvent {
  /** `push`, `pull_request`, `workflow_dispatch`, `schedule` and so on. */
  name: string;
  /** Full name of what the run is for: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`. */
  ref: string;
  /** Commit of the ref. */
  sha: string;
  /** `owner/name` */
  repository: string;
  /** Login of whoever caused it. */
  actor: string;
  /** What was typed in, for `workflow_dispatch`. */
  inputs?: Record<string, string | boolean | number>;
  /** The event as GitHub sends it: `github.event`. */
  payload?: Record<string, unknown>;
  /** Files that it changed; without them, filters by path let everything through. */
  paths?: string[];
}

/** The parts of a pull request that decide anything. */
interface PullRequest {
  head?: { ref?: string; repo?: { full_name?: string } };
  base?: { ref?: string };
  user?: { login?: string };
}

function pullRequestOf({ payload }: WorkflowEvent): PullRequest | undefined {
  return payload?.pull_request as PullRequest | undefined;
}

/**
 * Whether the run gets secrets: one for a pull request from a fork or by Dependabot gets none (docs.github.com, events
 * that trigger workflows, "Workflows in forked repositories").
 */
export function getsSecrets(event: WorkflowEvent): boolean {
  if (event.actor === "dependabot[bot]") return false;
  const head = pullRequestOf(event)?.head?.repo?.full_name;
  return event.name !== "pull_request" || head === undefined || head === event.repository;
}

/** Why a workflow does not start for an event, undefined if it does. */
export function whyNotStarted(workflow: Workflow, event: WorkflowEvent): string | undefined {
  const filters = workflow.events[event.name] as Filters | undefined;
  if (!filters) return `${workflow.path} does not start on ${event.name}`;
  const { kind, name } = subject(event);
  return (
    byTypes(filters, event) ??
    byPatterns(name, filters[kind], filters[`${kind}-ignore`], kind, otherKind(filters, kind)) ??
    byPaths(filters, event)
  );
}

/** `on.<event>`, as GitHub's parser converts it. */
type Filters = Partial<
  Record<
    "branches" | "branches-ignore" | "tags" | "tags-ignore" | "paths" | "paths-ignore" | "types",
    string[]
  >
>;

/** What the filters of branches and tags are about: for a pull request, the branch that it goes to. */
function subject(event: WorkflowEvent): { kind: "branches" | "tags"; name: string } {
  const base = pullRequestOf(event)?.base?.ref;
  if (base !== undefined) return { kind: "branches", name: base };
  if (event.ref.startsWith("refs/tags/")) return { kind: "tags", name: event.ref.slice("refs/tags/".length) };
  return { kind: "branches", name: event.ref.replace(/^refs\/heads\//, "") };
}

/** "If you define only tags or only branches, the workflow won't run for events affecting the undefined Git ref." */
function otherKind(filters: Filters, kind: "branches" | "tags"): boolean {
  const other = kind === "branches" ? "tags" : "branches";
  return filters[other] !== undefined || filters[`${other}-ignore`] !== undefined;
}

function byPatterns(
  name: string,
  wanted: string[] | undefined,
  ignored: string[] | undefined,
  kind: string,
  isOtherFiltered: boolean,
): string | undefined {
  if (wanted && !matchesFilter(wanted, name)) return `${name} is none of the ${kind} ${wanted.join(", ")}`;
  if (ignored && matchesFilter(ignored, name))
    return `${name} is one of the ignored ${kind} ${ignored.join(", ")}`;
  return !wanted && !ignored && isOtherFiltered ? `the event is filtered, and not by ${kind}` : undefined;
}

/** The types of a pull request's event that start a workflow which names none. */
const PULL_REQUEST_TYPES = ["opened", "synchronize", "reopened"];

function byTypes({ types }: Filters, { name, payload }: WorkflowEvent): string | undefined {
  const action = payload?.action;
  const wanted = types ?? (name.startsWith("pull_request") ? PULL_REQUEST_TYPES : undefined);
  if (typeof action !== "string" || !wanted || wanted.includes(action)) return undefined;
  return `${action} is none of the types ${wanted.join(", ")}`;
}

function byPaths(filters: Filters, { paths }: WorkflowEvent): string | undefined {
  if (!paths) return undefined;
  const { paths: wanted, "paths-ignore": ignored } = filters;
  if (wanted && !paths.some((path) => matchesFilter(wanted, path)))
    return `no changed file is one of ${wanted.join(", ")}`;
  if (ignored && paths.every((path) => matchesFilter(ignored, path))) return "all changed files are ignored";
  return undefined;
}

/**
 * The inputs of a dispatch with their defaults.
 * @throws UserError for one that the workflow does not know, or a required one that is missing: GitHub answers 422.
 */
export function inputsOf(
  workflow: Workflow,
  event: WorkflowEvent,
): Record<string, string | boolean | number> {
  if (event.name !== "workflow_dispatch") return {};
  const known = workflow.events.workflow_dispatch?.inputs ?? {};
  const given = event.inputs ?? {};
  const unknown = Object.keys(given).find((name) => !(name in known));
  if (unknown !== undefined) throw new UserError(`${workflow.path} has no input ${unknown}.`);
  const entries = Object.entries(known).flatMap(([name, { required, default: value, type, options }]) => {
    const found = given[name] ?? value;
    if (found === undefined && required) throw new UserError(`${workflow.path} requires the input ${name}.`);
    if (found !== undefined && options && !options.includes(String(found)))
      throw new UserError(
        `${String(found)} is none of the choices of the input ${name}: ${options.join(", ")}.`,
      );
    if (found === undefined) return [];
    return [[name, type === "boolean" ? String(found) === "true" : found] as const];
  });
  return Object.fromEntries(entries);
}

/** Which run it is. */
export interface RunNumber {
  id: number;
  /** From 1; each time that jobs are run again, one more. */
  attempt: number;
}

/** The `github` context of a run (docs.github.com, contexts reference), as far as it is known before a job starts. */
export function githubContext(
  workflow: Workflow,
  event: WorkflowEvent,
  run: RunNumber,
): Record<string, unknown> {
  const pull = pullRequestOf(event);
  const isTag = event.ref.startsWith("refs/tags/");
  return {
    event_name: event.name,
    ref: event.ref,
    ref_name: event.ref.replace(/^refs\/(heads|tags|pull)\//, ""),
    ref_type: isTag ? "tag" : "branch",
    sha: event.sha,
    repository: event.repository,
    repository_owner: event.repository.split("/")[0],
    actor: event.actor,
    triggering_actor: event.actor,
    workflow: workflow.name,
    run_id: String(run.id),
    run_number: String(run.id),
    run_attempt: String(run.attempt),
    head_ref: pull?.head?.ref ?? "",
    base_ref: pull?.base?.ref ?? "",
    server_url: "https://github.com",
    api_url: "https://api.github.com",
    graphql_url: "https://api.github.com/graphql",
    event: { ...event.payload, ...(event.inputs && { inputs: event.inputs }) },
  };
}
