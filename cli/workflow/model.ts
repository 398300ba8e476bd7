import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { secretProblems } from "../../pipeline/workflows/reads.ts";
import { filesOf, type WorkflowFile, workflowsOf } from "../../pipeline/workflows/render.ts";
import { loadProject, type Project } from "../project.ts";

/** What the model says about the workflow files of a project. */
export interface WorkflowModel extends Project {
  files: WorkflowFile[];
}

/**
 * Renders the workflow files of the project in a folder.
 * @throws UserError for a configuration that cannot be used, or when workflows and secrets disagree.
 */
export async function loadModel(directory: string): Promise<WorkflowModel> {
  const { stacks, repository } = await loadProject(directory);
  const workflows = workflowsOf(stacks);
  const problems = secretProblems(stacks, Object.values(workflows));
  if (problems.length > 0) {
    throw new UserError(
      `Workflows and secrets disagree:\n${problems.map((line) => `  ${line}`).join("\n")}\nCorrect pipeline/secrets.ts or pipeline/workflows/.`,
    );
  }
  return { stacks, repository, files: filesOf(workflows) };
}

/**
 * The root of the application's checkout.
 * @param named what the user said.
 * @returns undefined if nobody said and the project's folder is not where the model expects it in a checkout.
 */
export function checkoutOf(model: WorkflowModel, directory: string, named?: string): string | undefined {
  if (named) return resolve(named);
  const { pipelineDirectory } = model.repository.workflow;
  if (pipelineDirectory === ".") return resolve(directory);
  const parts = pipelineDirectory.split("/").filter((part) => part !== ".");
  const root = parts.reduce((folder) => dirname(folder), resolve(directory));
  return resolve(join(root, pipelineDirectory)) === resolve(directory) ? root : undefined;
}

/** The text of a file, or undefined if there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}
