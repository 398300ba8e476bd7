import type { z } from "zod";
import { UserError } from "./errors.ts";
import { exampleOf } from "./settings/fields.ts";
import { type Problem, schemaProblems, unknownKey } from "./settings/problems.ts";
import { type Draft, ruleProblems, type StackContext } from "./settings/rules.ts";
import { salvage } from "./settings/salvage.ts";
import { sections } from "./settings/schema.ts";
import { CONFIGURATION_SECRETS, type SecretKey } from "./settings/secrets.ts";
import { branchesWithServices } from "./settings/stack-rules.ts";

export type { ContradictionId } from "./settings/branch-rules-schema.ts";
export { settingsNotes } from "./settings/notes.ts";
export type { Problem } from "./settings/problems.ts";
export type { StackContext } from "./settings/rules.ts";
export { CONFIGURATION_SECRETS, type SecretKey } from "./settings/secrets.ts";

type Sections = typeof sections;
type SectionName = keyof Sections;

/**
 * One stack's configuration, complete and checked. The meaning, unit and default of each field stand in the schema
 * (`settings/schema.ts`) and in docs/configuration.md, which is written from it.
 * A section whose cloud is switched off may be left out of the configuration; it then holds example values that
 * nothing reads.
 */
export type Settings = {
  /** Name of the stack. */
  stack: string;
  /** Which secrets of the configuration are set; their values are never part of the settings. */
  secrets: ReadonlySet<SecretKey>;
  /** Branches that services are deployed from, by this stack and by the others as far as they are known. */
  serviceBranches: ReadonlySet<string>;
} & { [Name in SectionName]: z.infer<Sections[Name]> };

export type EnvironmentSettings = Settings["environment"];
export type RepositorySettings = Settings["repository"];
export type BranchSettings = Settings["branches"];
export type RuleSettings = Settings["rules"];
export type ClusterSettings = Settings["cluster"];
export type PoolSettings = ClusterSettings["pools"][number];
export type NamespaceSettings = Settings["namespace"];
export type ServiceSettings = Settings["services"][number];
export type SiteSettings = Settings["sites"][number];
export type MigrationSettings = Settings["migrations"];
export type WorkflowSettings = Settings["workflow"];

/** Sections that may be absent altogether, because every field in them has a default. */
const OPTIONAL: Partial<Record<SectionName, unknown>> = {
  branches: {},
  clouds: {},
  services: [],
  sites: [],
  aws: {},
  migrations: {},
  workflow: {},
  drift: {},
  adopt: {},
};

/** Sections that only one cloud reads. */
const SECTION_CLOUD: Partial<Record<SectionName, "digitalocean" | "vercel">> = {
  cluster: "digitalocean",
  namespace: "digitalocean",
  vercel: "vercel",
};

/**
 * Reads and checks the configuration of a stack as a whole.
 * @param config values below `kai:`, keys without that prefix; secrets as text, or `true` for "is set".
 * @param context what else is known: the other stacks' configuration, which keys are encrypted.
 * @throws UserError that lists every problem with its key and remedy.
 */
export function parseSettings(
  stack: string,
  config: Record<string, unknown>,
  context: StackContext = {},
): Settings {
  const { settings, problems } = checkSettings(stack, config, context);
  if (settings === undefined) throw new UserError(describeProblems(stack, problems));
  return settings;
}

/** The same as `parseSettings` for a caller that shows the problems itself; settings are absent if there is one. */
export function checkSettings(
  stack: string,
  config: Record<string, unknown>,
  context: StackContext = {},
): { settings?: Settings; problems: Problem[] } {
  const draft: Draft = { stack, secrets: secretsThatAreSet(config) };
  const problems = unknownSections(config);
  const values = Object.fromEntries(Object.keys(sections).map((name) => [name, decoded(config[name])]));
  const replaced: string[] = [];
  const off = cloudsThatAreOff(values);
  for (const name of Object.keys(sections) as SectionName[]) {
    const cloud = SECTION_CLOUD[name];
    const absent = isAbsent(values[name]);
    const input =
      absent && cloud && off.has(cloud) ? exampleOf(sections[name]) : (values[name] ?? OPTIONAL[name]);
    const result = sections[name].safeParse(input, { reportInput: true });
    if (result.success) {
      Object.assign(draft, { [name]: result.data });
      continue;
    }
    problems.push(...schemaProblems(name, sections[name], result.error.issues));
    const rest = salvage(name, sections[name], input, result.error.issues);
    replaced.push(...rest.replaced);
    Object.assign(draft, { [name]: sections[name].safeParse(rest.value).data });
  }
  problems.push(...ruleProblems(draft, config, context, replaced));
  if (problems.length > 0) return { problems };
  const serviceBranches = branchesWithServices([draft, ...Object.values(context.siblings ?? {})]);
  return { settings: { ...(draft as unknown as Settings), serviceBranches }, problems };
}

/** The message that shows all problems of a stack's configuration at once. */
export function describeProblems(stack: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  const list = problems.map(({ key, problem, remedy }) => `  ${key} ${problem}\n    ${remedy}`);
  return `The configuration of stack ${stack} has ${count} (Pulumi.${stack}.yaml, defaults in Pulumi.yaml):\n\n${list.join("\n")}`;
}

/**
 * The record that `parseSettings` takes, from all configuration of the engine (`pulumi.runtime.allConfig()`), where
 * every key carries its namespace and every value is text.
 */
export function fromEngineConfig(all: Record<string, string>, project = "kai"): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/**
 * Which keys the engine holds encrypted, from the variable that it gives every program.
 * @returns undefined when the program was not started by the engine's language host: then it is not known.
 */
export function encryptionKnownBy(
  environment: Record<string, string | undefined>,
  project = "kai",
): ((key: string) => boolean) | undefined {
  const keys = environment.PULUMI_CONFIG_SECRET_KEYS;
  if (!keys) return undefined;
  const encrypted = new Set(JSON.parse(keys) as string[]);
  return (key) => encrypted.has(`${project}:${key}`);
}

/** The engine passes groups and lists as JSON, and `pulumi config set` writes a truth value as text. */
export function decoded(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function isAbsent(value: unknown): boolean {
  return (
    value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function secretsThatAreSet(config: Record<string, unknown>): ReadonlySet<SecretKey> {
  const isSet = ({ key }: { key: string }) =>
    config[key] !== undefined && config[key] !== "" && config[key] !== false;
  return new Set(CONFIGURATION_SECRETS.filter(isSet).map(({ key }) => key));
}

function cloudsThatAreOff(config: Record<string, unknown>): ReadonlySet<string> {
  const clouds = (config.clouds ?? {}) as Record<string, unknown>;
  return new Set(Object.keys(clouds).filter((cloud) => clouds[cloud] === false));
}

function unknownSections(config: Record<string, unknown>): Problem[] {
  const known = [...Object.keys(sections), ...CONFIGURATION_SECRETS.map(({ key }) => key)];
  return Object.keys(config)
    .filter((key) => !known.includes(key))
    .map((key) => unknownKey([key], known));
}
