import { UserError } from "../errors.ts";
import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../settings.ts";
import { readStacks } from "../settings-files.ts";

/** The settings of a project's stacks. */
export interface Project {
  stacks: Settings[];
  /** The stack that owns the repository. */
  repository: Settings;
}

/** A command that sets no secret needs none: whether they are set yet does not matter to it. */
const EVERY_SECRET = Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true]));

/**
 * Reads the settings of the project in a folder.
 * @throws UserError for a configuration that cannot be used
 */
export async function loadProject(directory: string): Promise<Project> {
  const files = await readStacks(directory);
  const configs = Object.fromEntries(files.map(({ stack, config }) => [stack, config]));
  const stacks = files.map(({ stack, config }) => {
    const { [stack]: _, ...siblings } = configs;
    return parseSettings(stack, { ...config, ...EVERY_SECRET }, { siblings });
  });
  const repository = stacks.find(({ ownsRepository }) => ownsRepository) ?? stacks[0];
  if (repository) return { stacks, repository };
  throw new UserError(
    `There is no Pulumi.<stack>.yaml in ${directory}, so no stack is known. Run the command in the project's folder, or name it with --directory.`,
  );
}
