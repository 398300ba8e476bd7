/** One run of a workflow: which jobs and steps run and why, in GitHub's order and by GitHub's rules. */
import { UserError } from "../errors.ts";
import { ConcurrencyGroups } from "./concurrency.ts";
import { getsSecrets, githubContext, inputsOf, type WorkflowEvent, whyNotStarted } from "./event.ts";
import { explain, type Verdict } from "./explain.ts";
import type { Contexts, Status } from "./expressions.ts";
import { concurrencyOf, JobRun } from "./job.ts";
import type { OpenMachine } from "./machine.ts";
import type { Job, Workflow } from "./parser.ts";

export type JobResult = "success" | "failure" | "cancelled" | "skipped";

/** An environment of the repository. */
export interface RunEnvironment {
  secrets?: Record<string, string>;
  variables?: Record<string, string>;
  /** Whether its branch policy lets a ref in; everything by default. */
  admits?: (ref: string) => boolean;
  /** Waits for its reviewers; a rejection is false. Nobody has to approve by default. */
  approves?: () => Promise<boolean>;
}

/** What a run finds in the repository. */
export interface RunOptions {
  open: OpenMachine;
  secrets?: Record<string, string>;
  variables?: Record<string, string>;
  /** By name. GitHub makes one that does not exist, without secrets and without rules. */
  environments?: Record<string, RunEnvironment>;
  /** Shared by all runs of a repository; by default this run is alone. */
  groups?: ConcurrencyGroups;
  /** The run whose failed jobs are run again; what succeeded in it is kept. */
  again?: Run;
  /** Called before each step that runs; a test may cancel the run there. */
  onStep?: (job: string, step: string) => void;
}

/** A run of a workflow. */
export class Run {
  readonly workflow: Workflow;
  readonly event: WorkflowEvent;
  readonly options: RunOptions;
  readonly id: number;
  readonly attempt: number;
  /** Why the workflow did not start at all, if so. */
  readonly notStarted: string | undefined;
  /** In the file's order. Empty where the workflow did not start. */
  readonly jobs: JobRun[];
  readonly groups: ConcurrencyGroups;
  /** `github`, `vars` and `inputs`. */
  readonly contexts: Contexts;
  readonly #cancel = new AbortController();

  constructor(workflow: Workflow, event: WorkflowEvent, options: RunOptions) {
    const { again } = options;
    this.workflow = workflow;
    this.event = event;
    this.options = options;
    this.id = again?.id ?? nextId();
    this.attempt = (again?.attempt ?? 0) + 1;
    this.groups = options.groups ?? new ConcurrencyGroups();
    this.notStarted = whyNotStarted(workflow, event);
    this.contexts = {
      github: githubContext(workflow, event, { id: this.id, attempt: this.attempt }),
      vars: options.variables ?? {},
      inputs: this.notStarted ? {} : inputsOf(workflow, event),
    };
    this.jobs = this.notStarted ? [] : workflow.jobs.map((job) => new JobRun(this, job, kept(job, again)));
  }

  /** Runs every job that GitHub would. */
  async finish(): Promise<this> {
    const concurrency = concurrencyOf(this.workflow.fields.find("concurrency"), { contexts: this.contexts });
    const enter = () => concurrency && this.groups.enter(concurrency, () => this.cancel(), this.cancelled);
    const leave = this.notStarted ? undefined : await enter();
    if (concurrency && !leave) this.cancel();
    await Promise.all(this.jobs.map((job) => job.finish()));
    leave?.();
    return this;
  }

  /** Somebody cancels the run. */
  cancel(): void {
    this.#cancel.abort();
  }

  get cancelled(): AbortSignal {
    return this.#cancel.signal;
  }

  job(id: string): JobRun {
    const found = this.jobs.find((job) => job.id === id);
    if (!found) throw new UserError(`${this.workflow.path} has no job ${id}.`);
    return found;
  }

  /** Secrets that a job sees. */
  secretsIn(environment: string | undefined): Record<string, string> {
    if (!getsSecrets(this.event)) return {};
    const own = environment === undefined ? {} : this.options.environments?.[environment]?.secrets;
    return { ...this.options.secrets, ...own };
  }

  /** What a job's condition comes to, once everything that it needs has ended. */
  decide(job: Job): Verdict {
    return explain(job.condition, {
      contexts: { ...this.contexts, needs: this.needsOf(job) },
      status: this.#statusBefore(job),
    });
  }

  /** The `needs` context of a job. */
  needsOf(job: Job): Record<string, { result: JobResult | undefined; outputs: Record<string, string> }> {
    const entries = job.needs.map((id) => {
      const { result, outputs } = this.job(id);
      return [id, { result, outputs }] as const;
    });
    return Object.fromEntries(entries);
  }

  /** The status functions of a job look at all that it needs, and at what these need (actions/runner#491). */
  #statusBefore(job: Job): Status {
    const before = this.#ancestors(job);
    const cancelled = this.cancelled.aborted;
    const unfit = before.filter(({ result }) => result !== "success");
    const reasons = [
      ...(cancelled ? ["the run was cancelled"] : []),
      ...unfit.map(({ id, result }) => `${id}: ${result}`),
    ];
    return {
      success: !cancelled && unfit.length === 0,
      failure: !cancelled && before.some(({ result }) => result === "failure"),
      cancelled,
      because: reasons.length > 0 ? reasons.join(", ") : "all that it needs succeeded",
    };
  }

  #ancestors(job: Job): JobRun[] {
    const found = new Set<JobRun>();
    const visit = (ids: string[]) => {
      for (const id of ids) {
        const need = this.job(id);
        if (found.has(need)) continue;
        found.add(need);
        visit(need.job.needs);
      }
    };
    visit(job.needs);
    return [...found];
  }
}

/** What a job did in an earlier attempt, if it needs not run again: it succeeded, and so did all that it needs. */
function kept(job: Job, again: Run | undefined): JobRun | undefined {
  if (!again) return undefined;
  const isDone = (id: string): boolean => {
    const earlier = again.job(id);
    const ended = earlier.result === "success" || earlier.result === "skipped";
    return ended && earlier.job.needs.every(isDone);
  };
  return isDone(job.id) ? again.job(job.id) : undefined;
}

let lastId = 0;
function nextId(): number {
  lastId += 1;
  return lastId;
}
