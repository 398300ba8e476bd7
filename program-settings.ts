import * as pulumi from "@pulumi/pulumi";
import { encryptionKnownBy, fromEngineConfig, parseSettings, type Settings } from "./settings.ts";
import { projectDirectory, readStacks } from "./settings-files.ts";

/**
 * The settings of the stack that the engine runs. The other stacks' files are read too: two stacks that claim the same
 * object are refused before either touches it.
 * @throws UserError that lists every problem.
 */
export async function readProgramSettings(): Promise<Settings> {
  const stack = pulumi.getStack();
  const directory = await projectDirectory(pulumi.getRootDirectory());
  const files = await readStacks(directory);
  const others = files.filter((file) => file.stack !== stack);
  const siblings = Object.fromEntries(others.map((file) => [file.stack, file.config]));
  // The engine's word, not the file's: the engine may run with stack files of another folder (`--cwd`).
  const isEncrypted = encryptionKnownBy(process.env);
  return parseSettings(stack, fromEngineConfig(pulumi.runtime.allConfig()), {
    siblings,
    ...(isEncrypted && { isEncrypted }),
  });
}
