/** One job of a run. */
import type { MappingToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import type { Concurrency } from "./concurrency.ts";
import { explain, type Verdict } from "./explain.ts";
import { type Contexts, resolve, resolveText, resolveTexts, type Scope, type Status } from "./expressions.ts";
import { type Machine, plain, type StepOutcome } from "./machine.ts";
import type { Job, Step } from "./parser.ts";
import type { JobResult, Run } from "./run.ts";

/** One step of a job, once the job is through with it. */
export interface StepRun extends Omit<StepOutcome, "outcome"> {
  id: string;
  name: string;
  verdict: Verdict;
  /** How it ended. */
  outcome: JobResult;
  /** What counts: `success` for a failure that `continue-on-error` allows. */
  conclusion: JobResult;
}

/** GitHub's longest job: six hours, in minutes. */
const LONGEST_JOB = 360;

/** What happened to one job. */
export class JobRun {
  readonly job: Job;
  readonly id: string;
  /** Undefined until it has ended. */
  result: JobResult | undefined;
  outputs: Record<string, string> = {};
  /** Why it ran or not. */
  verdict: Verdict | undefined;
  /** Why it ended without running a step although its condition holds: an environment, or somebody who cancelled. */
  refused: string | undefined;
  steps: StepRun[] = [];
  /** The GitHub environment that it runs in. */
  environment: string | undefined;
  /**
   * States of the deployment record that GitHub keeps for a job with an environment; undefined where there is none.
   * GitHub's documentation leaves open which state a cancelled job's record gets; here it is `error`.
   */
  deployment:
    | { environment: string; url: string; states: ("in_progress" | "success" | "failure" | "error")[] }
    | undefined;
  readonly #run: Run;
  readonly #cancel = new AbortController();
  readonly #kept: JobRun | undefined;
  #finished: Promise<void> | undefined;
  #status: Status = FRESH;

  constructor(run: Run, job: Job, kept: JobRun | undefined) {
    this.#run = run;
    this.job = job;
    this.id = job.id;
    this.#kept = kept;
  }

  /** Display name; the name of its check. */
  get name(): string {
    return resolveText(this.job.fields.find("name"), { contexts: this.#run.contexts }) ?? this.id;
  }

  finish(): Promise<void> {
    this.#finished ??= this.#finish();
    return this.#finished;
  }

  async #finish(): Promise<void> {
    if (this.#kept) {
      const { result, outputs, verdict, steps, environment } = this.#kept;
      Object.assign(this, { result, outputs, verdict, steps, environment });
      return;
    }
    await Promise.all(this.job.needs.map((id) => this.#run.job(id).finish()));
    this.verdict = this.#run.decide(this.job);
    if (!this.verdict.holds) {
      this.result = "skipped";
      return;
    }
    const stopListening = this.#passOnCancel();
    this.result = await this.#admitted();
    stopListening();
  }

  /** GitHub asks the condition again when somebody cancels: a job with `always()` goes on. */
  #passOnCancel(): () => void {
    const onCancel = () => {
      if (!this.#run.decide(this.job).holds) this.#cancel.abort();
    };
    const { cancelled } = this.#run;
    if (cancelled.aborted) onCancel();
    cancelled.addEventListener("abort", onCancel);
    return () => cancelled.removeEventListener("abort", onCancel);
  }

  async #admitted(): Promise<JobResult> {
    const scope = { contexts: { ...this.#run.contexts, needs: this.#run.needsOf(this.job) } };
    const wanted = this.job.fields.find("environment");
    const named = wanted && "find" in wanted ? (wanted as MappingToken) : undefined;
    this.environment = resolveText(named ? named.find("name") : wanted, scope);
    const environment =
      this.environment === undefined ? undefined : this.#run.options.environments?.[this.environment];
    if (environment?.admits?.(this.#run.event.ref) === false) {
      this.refused = `the environment ${this.environment} does not admit ${this.#run.event.ref}`;
      return "failure";
    }
    if (environment?.approves && !(await Promise.race([environment.approves(), this.#aborted()]))) {
      this.refused = this.#cancel.signal.aborted ? "cancelled while it waited for approval" : "not approved";
      return this.#cancel.signal.aborted ? "cancelled" : "failure";
    }
    const leave = await this.#entered(scope);
    if (!leave) {
      this.refused = "cancelled while it waited in its concurrency group";
      return "cancelled";
    }
    try {
      return await this.#onMachine(scope, named);
    } finally {
      leave();
    }
  }

  #aborted(): Promise<false> {
    return new Promise((resolved) => {
      if (this.#cancel.signal.aborted) resolved(false);
      this.#cancel.signal.addEventListener("abort", () => resolved(false), { once: true });
    });
  }

  async #entered(scope: Scope): Promise<(() => void) | undefined> {
    const concurrency = concurrencyOf(this.job.fields.find("concurrency"), scope);
    if (!concurrency) return this.#cancel.signal.aborted ? undefined : () => {};
    return this.#run.groups.enter(concurrency, () => this.#cancel.abort(), this.#cancel.signal);
  }

  async #onMachine(scope: Scope, environment: MappingToken | undefined): Promise<JobResult> {
    const { workflow, options } = this.#run;
    const secrets = this.#run.secretsIn(this.environment);
    const github = { ...(scope.contexts.github as object), job: this.id };
    const machine = await options.open({ workflow, job: this.job, github, secrets });
    const variables =
      this.environment === undefined ? {} : options.environments?.[this.environment]?.variables;
    const contexts: Contexts = {
      ...scope.contexts,
      secrets,
      vars: { ...(scope.contexts.vars as object), ...variables },
      runner: machine.contexts.runner,
      github: { ...github, ...machine.contexts.github },
    };
    const keepsRecord =
      this.environment !== undefined && resolve(environment?.find("deployment"), { contexts }) !== false;
    if (keepsRecord)
      this.deployment = { environment: String(this.environment), url: "", states: ["in_progress"] };
    const stopClock = this.#startClock(contexts);
    try {
      const after = await this.#steps(machine, contexts);
      const result = this.#status.cancelled ? "cancelled" : this.#status.failure ? "failure" : "success";
      this.outputs = outputsOf(this.job, after, machine);
      const states = { success: "success", failure: "failure", cancelled: "error" } as const;
      this.deployment?.states.push(states[result]);
      if (this.deployment) this.deployment.url = resolveText(environment?.find("url"), after) ?? "";
      return result;
    } finally {
      stopClock();
      await machine.close();
    }
  }

  /** A job whose time is over is cancelled, not failed. */
  #startClock(contexts: Contexts): () => void {
    const minutes = Number(resolve(this.job.fields.find("timeout-minutes"), { contexts }) ?? LONGEST_JOB);
    const timer = setTimeout(() => this.#cancel.abort(), minutes * 60_000);
    return () => clearTimeout(timer);
  }

  async #steps(machine: Machine, contexts: Contexts): Promise<Scope> {
    const fixed = { ...resolveTexts(this.#run.workflow.fields.find("env"), { contexts }) };
    Object.assign(
      fixed,
      resolveTexts(this.job.fields.find("env"), { contexts: { ...contexts, env: fixed } }),
    );
    const added: Pick<StepOutcome, "env" | "path"> = { env: {}, path: [] };
    const scopeNow = (): Scope => ({
      contexts: {
        ...contexts,
        env: { ...fixed, ...added.env },
        steps: stepsContext(this.steps),
        job: { status: this.#status.cancelled ? "cancelled" : this.#status.failure ? "failure" : "success" },
      },
      status: this.#status,
    });
    for (const step of this.job.steps) {
      if (this.#cancel.signal.aborted) this.#status = CANCELLED;
      const ran = await this.#step(machine, step, scopeNow(), added.path);
      this.steps.push(ran);
      Object.assign(added.env, ran.env);
      added.path.unshift(...ran.path);
      if (this.#cancel.signal.aborted || ran.conclusion === "cancelled") this.#status = CANCELLED;
      else if (ran.conclusion === "failure" && this.#status.success) this.#status = failedAt(ran.name);
    }
    return scopeNow();
  }

  async #step(machine: Machine, step: Step, scope: Scope, path: string[]): Promise<StepRun> {
    const own = resolveTexts(step.fields.find("env"), scope);
    const inside = {
      ...scope,
      contexts: { ...scope.contexts, env: { ...(scope.contexts.env as object), ...own } },
    };
    const name = stepName(step, inside);
    const verdict = explain(step.condition, inside);
    const { outcome: _, ...nothing } = plain("success");
    if (!verdict.holds)
      return { ...nothing, id: step.id, name, verdict, outcome: "skipped", conclusion: "skipped" };
    this.#run.options.onStep?.(this.id, name);
    const call = {
      job: this.job,
      step,
      name,
      scope: inside,
      env: inside.contexts.env as Record<string, string>,
      path,
      defaults: (key: "shell" | "working-directory") =>
        defaultOf(this.job.fields, key) ?? defaultOf(this.#run.workflow.fields, key),
    };
    const { outcome, ...left } = await this.#timed(step, inside, (signal) =>
      machine.carryOut({ ...call, signal }),
    );
    const forgiven = outcome === "failure" && resolve(step.fields.find("continue-on-error"), inside) === true;
    return { ...left, id: step.id, name, verdict, outcome, conclusion: forgiven ? "success" : outcome };
  }

  /** A step ends with the job's cancellation, unless its condition holds then too, and fails when its own time is over. */
  async #timed(
    step: Step,
    scope: Scope,
    work: (signal: AbortSignal) => Promise<StepOutcome>,
  ): Promise<StepOutcome> {
    const end = new AbortController();
    const goesOn = explain(step.condition, { ...scope, status: CANCELLED }).holds;
    const onCancel = () => end.abort();
    if (!goesOn) this.#cancel.signal.addEventListener("abort", onCancel);
    if (!goesOn && this.#cancel.signal.aborted) end.abort();
    const minutes = resolve(step.fields.find("timeout-minutes"), scope);
    let isLate = false;
    const timer =
      typeof minutes === "number" &&
      setTimeout(() => {
        isLate = true;
        end.abort();
      }, minutes * 60_000);
    try {
      const outcome = end.signal.aborted ? plain("cancelled") : await work(end.signal);
      return isLate ? { ...outcome, outcome: "failure" } : outcome;
    } finally {
      if (timer) clearTimeout(timer);
      this.#cancel.signal.removeEventListener("abort", onCancel);
    }
  }
}

const FRESH: Status = { success: true, failure: false, cancelled: false, because: "no step failed" };
const CANCELLED: Status = {
  success: false,
  failure: false,
  cancelled: true,
  because: "the job was cancelled",
};
const failedAt = (step: string): Status => ({
  success: false,
  failure: true,
  cancelled: false,
  because: `"${step}" failed`,
});

function stepsContext(steps: readonly StepRun[]): Contexts {
  const named = steps.filter(({ id }) => !id.startsWith("__"));
  return Object.fromEntries(
    named.map(({ id, outputs, outcome, conclusion }) => [id, { outputs, outcome, conclusion }]),
  );
}

/** GitHub's: the name, or what it does. */
function stepName(step: Step, scope: Scope): string {
  const name = resolveText(step.fields.find("name"), scope);
  if (name) return name;
  const uses = step.fields.find("uses");
  return `Run ${uses ? uses.toString() : (resolveText(step.fields.find("run"), scope) ?? "").split("\n")[0]}`;
}

function defaultOf(fields: MappingToken, key: string): TemplateToken | undefined {
  const defaults = fields.find("defaults");
  const run = defaults && "find" in defaults ? (defaults as MappingToken).find("run") : undefined;
  return run && "find" in run ? (run as MappingToken).find(key) : undefined;
}

/** "Outputs that contain a secret are redacted on the runner and not sent" (docs.github.com, passing information). */
function outputsOf(job: Job, scope: Scope, machine: Machine): Record<string, string> {
  const all = resolveTexts(job.fields.find("outputs"), scope);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => !machine.hides(value)));
}

/** `concurrency:` of a job or a workflow. */
export function concurrencyOf(token: TemplateToken | undefined, scope: Scope): Concurrency | undefined {
  if (token === undefined) return undefined;
  const value = resolve(token, scope);
  if (typeof value === "string") return { group: value, cancelInProgress: false, queue: "single" };
  const { group, "cancel-in-progress": cancel, queue } = value as Record<string, unknown>;
  return {
    group: String(group),
    cancelInProgress: cancel === true,
    queue: queue === "max" ? "max" : "single",
  };
}
