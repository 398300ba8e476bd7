import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../../settings.ts";
import { readStackFile } from "../../settings-files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** The configuration of one of Kai's two stacks as it stands in the repository, with every secret set. */
export async function kaiConfig(stack: "staging" | "production"): Promise<Record<string, unknown>> {
  const { config } = await readStackFile(ROOT, stack);
  return { ...config, ...Object.fromEntries(CONFIGURATION_SECRETS.map(({ key }) => [key, true])) };
}

/** The same configuration with some values replaced: `{ "cluster.region": "fra1", "services.0.port": 1 }`. */
export function changed(
  config: Record<string, unknown>,
  changes: Record<string, unknown>,
): Record<string, unknown> {
  const copy = structuredClone(config);
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(".");
    const last = steps.pop() as string;
    let current = copy as Record<string, unknown>;
    for (const step of steps) {
      current[step] ??= {};
      current = current[step] as Record<string, unknown>;
    }
    if (value === undefined) delete current[last];
    else current[last] = value;
  }
  return copy;
}

/** Kai's settings for one stack, with some values replaced. */
export async function kaiSettings(
  stack: "staging" | "production",
  changes: Record<string, unknown> = {},
): Promise<Settings> {
  return parseSettings(stack, changed(await kaiConfig(stack), changes));
}
