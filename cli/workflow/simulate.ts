import { readFile } from "node:fs/promises";
import { Option } from "commander";
import { UserError } from "../../errors.ts";
import { matchesPattern } from "../../github/decisions/patterns.ts";
import { type Environment, environments } from "../../pipeline/branches.ts";
// Not from the room's front: what carries scripts out is not needed here, and the command should answer at once.
import { assumingMachines } from "../../runner/assumed.ts";
import type { WorkflowEvent } from "../../runner/event.ts";
import type { JobRun } from "../../runner/job.ts";
import type { Outcome } from "../../runner/machine.ts";
import { loadWorkflow, type WorkflowText } from "../../runner/parser.ts";
import { Run, type RunEnvironment } from "../../runner/run.ts";
import type { Settings } from "../../settings.ts";

/** What is assumed about the event. */
export interface Simulated {
  event: string;
  /** For a pull request the branch that it goes to. */
  branch: string;
  fork?: true;
  input: Record<string, string>;
  result: Map<string, Outcome>;
  changed?: string[];
}

/** What would happen to a job. */
export interface SimulatedJob {
  id: string;
  name: string;
  /** `waits`: it needs an approval first, and runs then. */
  outcome: "runs" | "waits" | "skipped" | "refused";
  /** How it would end. */
  result: string;
  /** The terms of its condition that decide, with their values; or what refuses it. */
  because: string;
  environment?: string;
  /** Logins of whom one must approve. */
  reviewers?: string[];
  steps: { name: string; outcome: string; because: string }[];
}

export interface SimulatedWorkflow {
  path: string;
  /** Why it does not start. */
  notStarted?: string;
  jobs: SimulatedJob[];
}

/** The options of `kai workflow simulate` beside those of every subcommand. */
export const simulateOptions = [
  new Option("--event <name>", "what happens")
    .choices(["push", "pull_request", "workflow_dispatch", "schedule", "merge_group"])
    .default("push"),
  new Option(
    "--branch <name>",
    "where it happens; of a pull request, where it goes to (default: the production branch)",
  ),
  new Option("--fork", "the pull request comes from a fork"),
  new Option("--input <name=value>", "an input of workflow_dispatch; may be given several times")
    .argParser(collectInput)
    .default({}, "none"),
  new Option(
    "--result <job=result>",
    "assume `failure` or `cancelled` of a job, or of job/step; may be given several times",
  )
    .argParser(collectResult)
    .default(new Map(), "everything that runs succeeds"),
  new Option(
    "--changed <path>",
    "a changed file, for filters by path; may be given several times (default: all filters match)",
  ).argParser((path: string, before: string[] | undefined) => [...(before ?? []), path]),
  new Option("--file <path>", "simulate this file instead of the rendered ones"),
];

function collectInput(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new UserError(`--input ${text} is not of the form name=value.`);
  return { ...before, [name]: value ?? "" };
}

function collectResult(text: string, before: Map<string, Outcome>): Map<string, Outcome> {
  const [, job, outcome] = /^(.+)=(success|failure|cancelled)$/s.exec(text) ?? [];
  if (job === undefined) {
    throw new UserError(
      `--result ${text} is not of the form job=failure or job/step=failure; the result is success, failure or cancelled.`,
    );
  }
  return new Map([...before, [job, outcome as Outcome]]);
}

/**
 * Which jobs and steps of the files would run.
 * @throws UserError for a job or step that an assumption names and no file has.
 */
export async function simulate(
  texts: readonly WorkflowText[],
  stacks: readonly Settings[],
  wanted: Simulated,
): Promise<SimulatedWorkflow[]> {
  const known = stacks.flatMap((stack) => environments(stack));
  const event = eventOf(wanted, stacks[0]);
  const options = { open: assumingMachines(wanted.result), environments: runEnvironments(known) };
  const runs: Run[] = [];
  for (const text of texts) runs.push(await new Run(await loadWorkflow(text), event, options).finish());
  refuseUnknown(wanted.result, runs);
  return runs.map(({ workflow, notStarted, jobs }) => ({
    path: workflow.path,
    ...(notStarted && { notStarted }),
    jobs: jobs.map((job) => describeJob(job, known)),
  }));
}

/** The texts of one file that is not rendered. */
export async function textOf(path: string): Promise<WorkflowText> {
  const content = await readFile(path, "utf8").catch((error: Error) => {
    throw new UserError(`${path} cannot be read: ${error.message}. Name a workflow file with --file.`);
  });
  return { path, content };
}

function eventOf(
  { event, branch, fork, input, changed }: Simulated,
  stack: Settings | undefined,
): WorkflowEvent {
  const { owner, name } = stack?.repository ?? { owner: "owner", name: "repository" };
  const repository = `${owner}/${name}`;
  const isPull = event === "pull_request";
  const head = { ref: "feature", repo: { full_name: fork ? `somebody/${name}` : repository } };
  const pull = { number: 1, head, base: { ref: branch }, user: { login: "somebody" } };
  return {
    name: event,
    ref: isPull ? "refs/pull/1/merge" : `refs/heads/${branch}`,
    sha: "0".repeat(40),
    repository,
    actor: "somebody",
    inputs: input,
    ...(changed && { paths: changed }),
    ...(isPull && { payload: { action: "opened", pull_request: pull } }),
  };
}

function runEnvironments(known: readonly Environment[]): Record<string, RunEnvironment> {
  const entries = known.map(({ name, branchPatterns }) => {
    const admits = (ref: string) =>
      branchPatterns.some((pattern) => matchesPattern(pattern, ref.replace(/^refs\/heads\//, "")));
    return [name, { admits }] as const;
  });
  return Object.fromEntries(entries);
}

function refuseUnknown(assumed: Map<string, Outcome>, runs: readonly Run[]): void {
  const names = runs.flatMap(({ workflow }) => workflow.jobs.map(({ id }) => id));
  const steps = runs.flatMap(({ jobs }) =>
    jobs.flatMap(({ id, steps: all }) => all.map(({ name }) => `${id}/${name}`)),
  );
  for (const name of assumed.keys()) {
    if (names.includes(name) || steps.includes(name)) continue;
    throw new UserError(
      `--result names ${name}, which is no job and no step that would run. Jobs: ${names.join(", ")}.`,
    );
  }
}

function describeJob(job: JobRun, known: readonly Environment[]): SimulatedJob {
  const { id, name, result = "skipped", verdict, refused, environment, steps } = job;
  const reviewers = known.find((one) => one.name === environment)?.reviewers ?? [];
  const runs = reviewers.length > 0 ? "waits" : "runs";
  return {
    id,
    name,
    outcome: refused ? "refused" : verdict?.holds ? runs : "skipped",
    result,
    because: refused ?? verdict?.because ?? "",
    ...(environment && { environment }),
    ...(reviewers.length > 0 && { reviewers }),
    steps: steps.map((step) => ({ name: step.name, outcome: step.outcome, because: step.verdict.because })),
  };
}

/** The answer for people. */
export function describeSimulation(workflows: readonly SimulatedWorkflow[]): string[] {
  return workflows.flatMap(({ path, notStarted, jobs }, index) => [
    ...(index > 0 ? [""] : []),
    notStarted ? `${path}: does not start: ${notStarted}` : `${path}:`,
    ...jobs.flatMap((job) => [`  ${job.name}: ${sentenceOf(job)}`, `    ${job.because}`, ...stepLines(job)]),
  ]);
}

function sentenceOf({ outcome, result, environment, reviewers }: SimulatedJob): string {
  const where = environment ? ` in the environment ${environment}` : "";
  if (outcome === "skipped") return "does not run";
  if (outcome === "refused") return "fails before its first step";
  const waits = reviewers ? ` after an approval by ${reviewers.join(" or ")}` : "";
  return `runs${where}${waits}${result === "success" ? "" : `, and ends with ${result}`}`;
}

/** Steps that run whatever happens need no line. */
function stepLines({ steps }: SimulatedJob): string[] {
  return steps.flatMap(({ name, outcome, because }) => {
    if (outcome === "skipped") return [`    step "${name}" does not run: ${because}`];
    const isPlain = outcome === "success" && because === "success() (no step failed)";
    return isPlain ? [] : [`    step "${name}" runs: ${outcome}; ${because}`];
  });
}
