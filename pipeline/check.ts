import { UserError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import { secretProblems } from "./workflows/reads.ts";
import { workflowsOf } from "./workflows/render.ts";

/**
 * Refuses a pipeline whose parts disagree: a secret that a workflow reads and nothing provides, or that is provided
 * and nothing reads.
 * @throws UserError that lists every disagreement.
 */
export function checkPipeline(settings: Settings): void {
  const problems = secretProblems([settings], Object.values(workflowsOf([settings])));
  if (problems.length === 0) return;
  throw new UserError(
    `The workflows and the secrets of stack ${settings.stack} disagree (pipeline/secrets.ts, pipeline/workflows/):\n` +
      problems.map((problem) => `  ${problem}`).join("\n"),
  );
}
