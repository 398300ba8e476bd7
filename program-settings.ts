import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { UserError } from "./errors.ts";
import { decoded, encryptionKnownBy, fromEngineConfig, parseSettings, type Settings } from "./settings.ts";
import { projectDirectory, readStacks } from "./settings-files.ts";

/** What the program runs on. */
export interface ProgramSettings {
  /** The settings of the stack that the engine runs. */
  settings: Settings;
  /** The environments of all stacks, each with the branch that it is deployed from; absent where the files are not there. */
  environments?: { name: string; branch: string }[];
}

/**
 * Reads the settings of the stack that the engine runs. The other stacks' files are read too: two stacks that claim the
 * same object are refused before either touches it.
 * @throws UserError that lists every problem.
 */
export async function readProgramSettings(): Promise<ProgramSettings> {
  const stack = pulumi.getStack();
  const directory = await projectDirectory(pulumi.getRootDirectory());
  const files = await readStacks(directory);
  const config = fromEngineConfig(pulumi.runtime.allConfig());
  const own = files.find((file) => file.stack === stack);
  // Where the engine names no folder, the one that was taken may be another project's (`pulumi --cwd`).
  const isOurs = own !== undefined && isSameStack(own.config, config);
  const others = isOurs ? files.filter((file) => file !== own) : [];
  const siblings = Object.fromEntries(others.map((file) => [file.stack, file.config]));
  // The engine's word, not the file's: the engine may run with stack files of another folder (`--cwd`).
  const isEncrypted = encryptionKnownBy(process.env);
  const settings = parseSettings(stack, config, {
    siblings,
    ...(isEncrypted && { isEncrypted }),
  });
  return {
    settings: { ...settings, adopt: { ...settings.adopt, ...adoptedOnce(process.env[ADOPT_ONCE]) } },
    ...(isOurs && {
      environments: [settings.environment, ...others.flatMap((file) => environmentOf(file.config))],
    }),
  };
}

/** The variable that adds to `kai:adopt` for one run: a JSON object, logical name → import id. `kai recover` sets it. */
export const ADOPT_ONCE = "KAI_ADOPT";

function adoptedOnce(text: string | undefined): Record<string, string> {
  if (!text) return {};
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.every(([, id]) => typeof id === "string")) return Object.fromEntries(entries);
  } catch {
    // Said below.
  }
  throw new UserError(
    `${ADOPT_ONCE} must be a JSON object of logical names and import ids, such as {"cluster-vpc": "5a4981aa"}; correct or unset it.`,
  );
}

/** The environment of another stack, whose file may be wrong: that is for its own run to say. */
function environmentOf(config: Record<string, unknown>): { name: string; branch: string }[] {
  const { name, branch } = (decoded(config.environment) ?? {}) as Record<string, unknown>;
  return typeof name === "string" && typeof branch === "string" ? [{ name, branch }] : [];
}

/** Whether a stack file says what the engine runs, in the keys that tell one pipeline from another. */
function isSameStack(file: Record<string, unknown>, engine: Record<string, unknown>): boolean {
  return ["repository", "environment", "ownsRepository"].every((key) =>
    isDeepStrictEqual(decoded(file[key]), decoded(engine[key])),
  );
}
