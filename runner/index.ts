/**
 * Runs workflow files of GitHub Actions on this computer, to test them: which jobs and steps run and why, and what the
 * scripts do, with stand-ins for the programs and actions that reach outside. See docs/runner.md.
 */
export { type Assumptions, assumingMachines } from "./assumed.ts";
export { ConcurrencyGroups } from "./concurrency.ts";
export type { WorkflowEvent } from "./event.ts";
export type { Verdict } from "./explain.ts";
export type { JobRun, StepRun } from "./job.ts";
export {
  type Action,
  type ActionCall,
  type ActionResult,
  type LocalOptions,
  localMachines,
} from "./local.ts";
export type { Machine, MachineOrder, OpenMachine, Outcome, StepCall, StepOutcome } from "./machine.ts";
export { type Leak, leaksIn } from "./masks.ts";
export { loadWorkflow, problemsOf, type Workflow, type WorkflowText } from "./parser.ts";
export { type JobResult, Run, type RunEnvironment, type RunOptions } from "./run.ts";
export { makeTools, type ToolCall, type Tools } from "./tools.ts";
