import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { decoded, encryptionKnownBy, fromEngineConfig, parseSettings, type Settings } from "./settings.ts";
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
  const config = fromEngineConfig(pulumi.runtime.allConfig());
  const own = files.find((file) => file.stack === stack);
  // Where the engine names no folder, the one that was taken may be another project's (`pulumi --cwd`).
  const others = own && isSameStack(own.config, config) ? files.filter((file) => file !== own) : [];
  const siblings = Object.fromEntries(others.map((file) => [file.stack, file.config]));
  // The engine's word, not the file's: the engine may run with stack files of another folder (`--cwd`).
  const isEncrypted = encryptionKnownBy(process.env);
  return parseSettings(stack, config, {
    siblings,
    ...(isEncrypted && { isEncrypted }),
  });
}

/** Whether a stack file says what the engine runs, in the keys that tell one pipeline from another. */
function isSameStack(file: Record<string, unknown>, engine: Record<string, unknown>): boolean {
  return ["repository", "environment", "ownsRepository"].every((key) =>
    isDeepStrictEqual(decoded(file[key]), decoded(engine[key])),
  );
}
