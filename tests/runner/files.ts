/** Workflow files of one job, and a runner for them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  type LocalOptions,
  loadWorkflow,
  localMachines,
  makeTools,
  type OpenMachine,
  type Tools,
  type Workflow,
  type WorkflowEvent,
} from "../../runner/index.ts";

export const PUSH: WorkflowEvent = {
  name: "push",
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  repository: "o/r",
  actor: "somebody",
};

/** A file with a text below `jobs:`, and one below the top. */
export function file(jobs: string, top = "on: push"): Promise<Workflow> {
  return loadWorkflow({ path: "x.yml", content: `${top}\njobs:\n${jobs}` });
}

/** Steps as a text, in a job with other lines. */
export function job(steps: string, more = ""): string {
  const indented = steps
    .trim()
    .split("\n")
    .map((line) => `      ${line}`);
  return `  a:\n    runs-on: x\n${more}    steps:\n${indented.join("\n")}\n`;
}

/** Machines with stand-ins of their own. */
export function machines(
  t: TestContext,
  standIns: Record<string, string> = {},
  rest: Partial<LocalOptions> = {},
): { open: OpenMachine; tools: Tools } {
  const folder = mkdtempSync(join(tmpdir(), "kai-runner-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const tools = makeTools(folder, standIns);
  return {
    open: localMachines({ actions: {}, path: tools.path, grace: { interrupt: 20, terminate: 20 }, ...rest }),
    tools,
  };
}
