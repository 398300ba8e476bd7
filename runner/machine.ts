/** What a run asks of whatever carries its steps out. */
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import type { Scope } from "./expressions.ts";
import type { Job, Step, Workflow } from "./parser.ts";

export type Outcome = "success" | "failure" | "cancelled";

/** One step that is to be carried out. */
export interface StepCall {
  job: Job;
  step: Step;
  /** What GitHub shows as its name. */
  name: string;
  /** For `run`, `with` and `working-directory`. */
  scope: Scope;
  /** Variables of the workflow, the job, earlier steps and the step, the later over the earlier. */
  env: Record<string, string>;
  /** Folders that earlier steps put on PATH, the last one first. */
  path: string[];
  /** `defaults.run` of the job, or of the workflow. */
  defaults: (key: "shell" | "working-directory") => TemplateToken | undefined;
  /** Aborted when the run is cancelled or the time is over. */
  signal: AbortSignal;
}

/** How a step ended, and what it left behind. */
export interface StepOutcome {
  outcome: Outcome;
  outputs: Record<string, string>;
  /** Variables and folders for the steps after it. */
  env: Record<string, string>;
  path: string[];
  /** What people see, with secrets hidden. */
  log: string;
  /** The same as it was printed, to look for leaks; GitHub never shows it. */
  unmasked: string;
  /** What it added to the run's summary. */
  summary: string;
}

/** The machine of one job. */
export interface Machine {
  /** The contexts that only it knows: `runner`, and parts of `github` (`workspace`, `token`). */
  contexts: { runner: Record<string, unknown>; github: Record<string, unknown> };
  carryOut(call: StepCall): Promise<StepOutcome>;
  /** Whether a text holds something that logs must not show. */
  hides(text: string): boolean;
  close(): Promise<void>;
}

/** What a machine is made for. */
export interface MachineOrder {
  workflow: Workflow;
  job: Job;
  /** `github` without what the machine adds. */
  github: Record<string, unknown>;
  /** Names to values, of the repository and the environment. */
  secrets: Record<string, string>;
}

export type OpenMachine = (order: MachineOrder) => Promise<Machine>;

/** An outcome with nothing left behind. */
export function plain(outcome: Outcome): StepOutcome {
  return { outcome, outputs: {}, env: {}, path: [], log: "", unmasked: "", summary: "" };
}
