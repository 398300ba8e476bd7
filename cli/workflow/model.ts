import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../../errors.ts";
import { secretProblems } from "../../pipeline/workflows/reads.ts";
import { renderWorkflows, type WorkflowFile, workflowsOf } from "../../pipeline/workflows/render.ts";
import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../../settings.ts";
import { readStacks } from "../../settings-files.ts";

/** What the model says about the workflow files of a project. */
export interface WorkflowModel {
  stacks: Settings[];
  /** The stack that owns the repository: where the files go. */
  repository: Settings;
  files: WorkflowFile[];
}

/**
 * Renders the workflow files of the project in a folder.
 * @throws UserError for a configuration that cannot be used, or when workflows and secrets disagree.
 */
export async function loadModel(directory: string): Promise<WorkflowModel> {
  const files = await readStacks(directory);
  const configs = Object.fromEntries(files.map(({ stack, config }) => [stack, config]));
  const stacks = files.map(({ stack, config }) => {
    const { [stack]: _, ...siblings } = configs;
    return parseSettings(stack, { ...config, ...EVERY_SECRET }, { siblings });
  });
  const repository = stacks.find(({ ownsRepository }) => ownsRepository) ?? stacks[0];
  if (!repository) {
    throw new UserError(
      `There is no Pulumi.<stack>.yaml in ${directory}, so nothing is known that a workflow could deploy. Run the command in the project's folder, or name it with --directory.`,
    );
  }
  const problems = secretProblems(stacks, Object.values(workflowsOf(stacks)));
  if (problems.length > 0) {
    throw new UserError(
      `Workflows and secrets disagree:\n${problems.map((line) => `  ${line}`).join("\n")}\nCorrect pipeline/secrets.ts or pipeline/workflows/.`,
    );
  }
  return { stacks, repository, files: renderWorkflows(stacks) };
}

/** Workflows name secrets and never hold them, so for rendering it does not matter whether they are set yet. */
const EVERY_SECRET = Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true]));

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
