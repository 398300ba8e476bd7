/** Rendered workflows on the runner, in a world of stand-ins. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matchesPattern } from "../../github/decisions/patterns.ts";
import { environments } from "../../pipeline/branches.ts";
import { deployJob, IMAGES, type WorkflowName } from "../../pipeline/jobs.ts";
import { secretTable } from "../../pipeline/secrets.ts";
import { imagesOf, rolledOut } from "../../pipeline/workflows/images.ts";
import { renderWorkflow, workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Workflow as WorkflowData } from "../../pipeline/workflows/types.ts";
import {
  type Action,
  assumingMachines,
  type LocalOptions,
  loadWorkflow,
  localMachines,
  makeTools,
  type OpenMachine,
  Run,
  type RunEnvironment,
  type RunOptions,
  type Tools,
  type Workflow,
  type WorkflowEvent,
} from "../../runner/index.ts";
import type { Settings } from "../../settings.ts";

export const SHA = "0123456789abcdef0123456789abcdef01234567";
export const PREVIOUS = "fedcba9876543210fedcba9876543210fedcba98";

/** A push, by somebody of the team. */
export function pushTo(branch: string, rest: Partial<WorkflowEvent> = {}): WorkflowEvent {
  return {
    name: "push",
    ref: `refs/heads/${branch}`,
    sha: SHA,
    repository: "Basilakis/kai",
    actor: "eleni-dev",
    ...rest,
  };
}

/** A pull request's event. @param from the repository that it comes from */
export function pullRequest(from = "Basilakis/kai", actor = "eleni-dev"): WorkflowEvent {
  const head = { ref: "feature", sha: SHA, repo: { full_name: from } };
  const pull = { number: 7, head, base: { ref: "main" }, user: { login: actor } };
  return {
    name: "pull_request",
    ref: "refs/pull/7/merge",
    sha: SHA,
    repository: "Basilakis/kai",
    actor,
    payload: { action: "opened", pull_request: pull },
  };
}

/** The rendered files of stacks, as GitHub reads them. */
export async function loaded(stacks: readonly Settings[]): Promise<Record<WorkflowName, Workflow>> {
  const entries = Object.entries(workflowsOf(stacks)).map(
    async ([name, data]) => [name, await asFile(name, data)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Record<WorkflowName, Workflow>;
}

function asFile(name: string, data: WorkflowData): Promise<Workflow> {
  return loadWorkflow({ path: `.github/workflows/${name}.yml`, content: renderWorkflow(data) });
}

/** A value for each secret that is recognisable wherever it turns up, and real where scripts look into it. */
export function secretValue(environment: string, name: string): string {
  if (name === "DOCKER_REGISTRY") return "ghcr.io";
  if (name === "DOCKER_USERNAME") return "Basilakis";
  if (name === "AWS_REGION") return "us-east-1";
  if (name === "KUBE_CONFIG_DATA")
    return Buffer.from(`kubeconfig of ${environment} with token-in-kubeconfig`).toString("base64");
  if (name === "SLACK_WEBHOOK") return "https://hooks.slack.com/services/T0/B0/s3cret of slack";
  return `s3cret/${environment}+${name}=`;
}

/** Names of secrets that are none by nature: the specification makes them secrets. */
const OPEN = /^(DOCKER_REGISTRY|DOCKER_USERNAME|AWS_REGION)$/;

/** The environments of stacks with their secrets and branch policies, as `pulumi up` leaves them. */
export function environmentsOf(stacks: readonly Settings[]): Record<string, RunEnvironment> {
  const rows = stacks.flatMap(secretTable);
  const made = stacks
    .flatMap((stack) => environments(stack))
    .map(({ name, branchPatterns }) => {
      const own = rows
        .filter((row) => row.environments.includes(name))
        .map((row) => [row.name, secretValue(name, row.name)]);
      const admits = (ref: string) =>
        branchPatterns.some((pattern) => matchesPattern(pattern, ref.replace(/^refs\/heads\//, "")));
      const variables = { PROVISIONER_ROLE_ARN: `arn:aws:iam::1:role/${name}` };
      return [name, { secrets: Object.fromEntries(own), variables, admits }] as const;
    });
  return Object.fromEntries(made);
}

/** Secrets that must not be read anywhere, by where they are and their name. */
export function hiddenValues(stacks: readonly Settings[]): Record<string, string> {
  const found = Object.entries(environmentsOf(stacks)).flatMap(([environment, { secrets = {} }]) =>
    Object.entries(secrets)
      .filter(([name]) => !OPEN.test(name))
      .map(([name, value]) => [`${environment}/${name}`, value] as const),
  );
  return {
    ...Object.fromEntries(found),
    "token of the kubeconfig": "token-in-kubeconfig",
    SLACK_WEBHOOK: secretValue("", "SLACK_WEBHOOK"),
  };
}

const STAND_IN = readFileSync(new URL("stand-in.sh", import.meta.url), "utf8");
const TOOLS = [
  "aws",
  "corepack",
  "curl",
  "docker",
  "gh",
  "kubectl",
  "npm",
  "npx",
  "pnpm",
  "pulumi",
  "sleep",
  "yarn",
];

/** Cancelled scripts are ended at once: no test waits for GitHub's ten seconds. */
const AT_ONCE = { interrupt: 20, terminate: 20 };

/** What runs find and leave behind. */
export class World {
  readonly stacks: readonly Settings[];
  readonly #folder = mkdtempSync(join(tmpdir(), "kai-workflow-"));
  readonly #tools: Tools;
  /** What the actions were asked for. */
  readonly actions: { action: string; with: Record<string, string> }[] = [];
  /** What is in a checkout. */
  files: Record<string, string> = {};

  constructor(stacks: readonly Settings[]) {
    this.stacks = stacks;
    mkdirSync(join(this.#folder, "world"));
    this.#tools = makeTools(
      this.#folder,
      Object.fromEntries(TOOLS.map((tool) => [tool, `tool=${tool}\n${STAND_IN}`])),
    );
    this.put("restarts", "0 0\n");
    this.put("deployed", PREVIOUS);
    this.put("order", "ahead");
    this.put("head", SHA);
    this.put("comments", "[]");
    this.putDrift("clean");
    this.put("news", "false");
    this.put("drift-runs", JSON.stringify({ workflow_runs: [run("success")] }));
    this.put("drift-jobs", JSON.stringify({ jobs: [] }));
    this.put("under-way", JSON.stringify({ workflow_runs: [] }));
    this.put("preview.json", JSON.stringify({ changes: [{}], fingerprint: "f1" }));
    for (const name of this.#services()) this.put(`image-${name}`, `old-${name}`);
    this.files = checkoutFiles(stacks);
  }

  #services(): string[] {
    return this.stacks.flatMap(rolledOut).map(({ name }) => name);
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.#folder, "world", name), text);
  }

  /** What the check of each stack answers. */
  putDrift(outcome: "clean" | "drifted" | "could-not-check", rest: object = {}): void {
    const stack = { stack: "staging", outcome, objects: 1, findings: [], ...rest };
    this.put("drift", { clean: "0", drifted: "7", "could-not-check": "3" }[outcome]);
    this.put("drift.json", JSON.stringify({ version: 1, outcome, stacks: [stack] }));
  }

  get(name: string): string {
    const path = join(this.#folder, "world", name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** The image of each service. */
  images(): Record<string, string> {
    return Object.fromEntries(this.#services().map((name) => [name, this.get(`image-${name}`)]));
  }

  calls(): string[] {
    return this.#tools.calls().map(({ tool, args }) => [tool, ...args].join(" "));
  }

  /** What Slack was told. */
  told(): string[] {
    const posted = this.get("posted")
      .split(/\n(?=\{)/)
      .filter(Boolean);
    return posted.map((text) => (JSON.parse(text) as { text: string }).text);
  }

  /** How runs of this world are carried out. */
  options(rest: Partial<LocalOptions> & Partial<RunOptions> = {}): RunOptions {
    const { breaks, ...run } = rest;
    const record =
      (action: string): Action =>
      (call) => {
        this.actions.push({ action, with: call.with });
        if (action === "actions/checkout") writeFiles(call.workspace, this.files);
        const key = `s3cret of role ${call.with["role-to-assume"]}`;
        return action.startsWith("aws-")
          ? {
              outputs: {
                "aws-access-key-id": "AKIA",
                "aws-secret-access-key": key,
                "aws-session-token": key,
              },
            }
          : {};
      };
    const names = ["actions/checkout", "actions/setup-node", "aws-actions/configure-aws-credentials"];
    return {
      open: localMachines({
        actions: {
          ...Object.fromEntries(names.map((name) => [name, record(name)])),
          ...artifacts(this.#folder),
        },
        path: this.#tools.path,
        env: { WORLD: join(this.#folder, "world") },
        grace: AT_ONCE,
        ...(breaks && { breaks }),
      }),
      secrets: { SLACK_WEBHOOK: secretValue("", "SLACK_WEBHOOK") },
      variables: { PULUMI_BACKEND_URL: "s3://state" },
      environments: environmentsOf(this.stacks),
      ...run,
    };
  }

  /** Runs a whole workflow. */
  async run(
    workflow: Workflow,
    event: WorkflowEvent,
    rest: Partial<LocalOptions> & Partial<RunOptions> = {},
  ): Promise<Run> {
    return new Run(workflow, event, this.options(rest)).finish();
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** A run of a workflow as GitHub lists it. @param created_at just now, without one */
export function run(conclusion: string, created_at = new Date().toISOString()): object {
  return { id: 1, conclusion, created_at };
}

/** The artifacts of one run: what one job keeps, another gets. @param folder where they are meanwhile */
function artifacts(folder: string): Record<string, Action> {
  const kept = new Map<string, string>();
  return {
    "actions/upload-artifact": ({ with: { name = "", path = "" } }) => {
      if (!existsSync(path)) return { log: "No files were found with the provided path" };
      const copy = mkdtempSync(join(folder, "artifact-"));
      cpSync(path, copy, { recursive: true });
      kept.set(name, copy);
      return {};
    },
    "actions/download-artifact": ({ with: { name = "", path = "" } }) => {
      const copy = kept.get(name);
      if (copy === undefined) return { outcome: "failure", log: "Artifact not found" };
      cpSync(copy, path, { recursive: true });
      return {};
    },
  };
}

/** What steps give that a test does not carry out. */
const ASSUMED = { digest: "sha256:built", changes: "1", fingerprint: "f1", text: "what would change" };

/** Carries out some jobs only; the others' steps succeed and give what the rest needs. */
export function carryingOut(open: OpenMachine, ...ids: string[]): OpenMachine {
  const assuming = assumingMachines();
  return async (order) => {
    if (ids.includes(order.job.id)) return open(order);
    const machine = await assuming(order);
    return {
      ...machine,
      carryOut: async (call) => ({ ...(await machine.carryOut(call)), outputs: ASSUMED }),
    };
  };
}

/** A workflow with one of its jobs, without what it waits for, and with some of its steps only. */
export function only(data: WorkflowData, id: string, steps?: readonly string[]): Promise<Workflow> {
  const job = structuredClone(data.jobs[id]);
  if (!job) throw new Error(`There is no job ${id}.`);
  if (steps) job.steps = job.steps.filter(({ name }) => steps.includes(name));
  delete job.if;
  const digests = data.jobs[IMAGES.id]?.outputs ?? {};
  const needed = (job.needs ?? []).map((need) => [
    need,
    {
      name: need,
      "runs-on": job["runs-on"],
      permissions: {},
      "timeout-minutes": 1,
      ...(need === IMAGES.id && {
        outputs: Object.fromEntries(Object.keys(digests).map((name) => [name, "sha256:new"])),
      }),
      steps: [{ name: "Nothing", run: "true\n" }],
    },
  ]);
  return asFile("cut", { ...data, jobs: { ...Object.fromEntries(needed), [id]: job } });
}

/** Everything that the check before a build asks for. */
function checkoutFiles(stacks: readonly Settings[]): Record<string, string> {
  const [stack] = stacks;
  const { packageManager, pipelineDirectory, commands } = (stack as Settings).workflow;
  const lock = { npm: "package-lock.json", yarn: "yarn.lock", pnpm: "pnpm-lock.yaml" }[packageManager];
  const scripts = Object.values(commands).map((command) => [command.split(" ").at(-1) ?? "", "true"]);
  return {
    [lock]: "",
    [join(pipelineDirectory, "package-lock.json")]: "",
    "package.json": JSON.stringify({ scripts: Object.fromEntries(scripts) }),
    ...Object.fromEntries(imagesOf(stacks).map(({ dockerfile }) => [dockerfile, ""])),
  };
}

function writeFiles(workspace: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(workspace, path, ".."), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
}

/** The job that deploys an environment. */
export const deploying = (environment: string) => deployJob(environment).id;

/** Everything that a run showed, before anything was hidden. */
export function everythingShown(run: Run): string {
  const steps = run.jobs.flatMap((job) => job.steps);
  return [
    ...steps.flatMap(({ unmasked, summary }) => [unmasked, summary]),
    ...run.jobs.flatMap(({ outputs, deployment }) => [JSON.stringify(outputs), deployment?.url ?? ""]),
  ].join("\n");
}
