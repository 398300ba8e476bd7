/**
 * Looks for what a cut `up` may have made. The engine runs a program of its own for it, in a state that is thrown
 * away: the program asks the providers' data sources for ids, and then reads each object by its id, which the
 * providers do as in an import. Nothing is changed in any cloud.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { CustomResource, type ProviderResource } from "@pulumi/pulumi";
import { CommandError, LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Engine } from "../engine/engine.ts";
import type { Settings } from "../settings.ts";
import type { Candidate } from "./candidates.ts";
import { cloudFinder, Providers } from "./finder.ts";
import { type Sources, type Whereabouts, whereabouts } from "./import-ids.ts";

/** What became of one candidate. */
export type Outcome =
  /** It exists. `renew`: its secret is lost, so that it must be replaced. */
  | { kind: "exists"; id: string; renew?: true }
  | { kind: "absent" }
  | Extract<Whereabouts, { kind: "repeatable" | "by hand" }>
  /** Its cloud did not answer. */
  | { kind: "unchecked"; reason: string };

/** How to look. */
export interface LookupOptions {
  engine: Engine;
  settings: Settings;
  /** The environment of the engine, with the credentials of the clouds. */
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** Answers the outcome of each candidate by its URN. */
export async function lookFor(
  candidates: readonly Candidate[],
  sources: Omit<Sources, "find" | "repository">,
  options: LookupOptions,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const reads: Candidate[] = [];
  await inThrowAwayStack(options, reads, outcomes, async () => {
    const providers = new Providers(options.settings);
    const { settings } = options;
    const find = cloudFinder(settings, providers);
    const asked = { ...sources, find, repository: settings.repository.name };
    await Promise.all(
      candidates.map(async (candidate) => {
        try {
          const where = await whereabouts(candidate, asked);
          const provider = where.kind === "id" ? await providers.of(packageOf(candidate.type)) : undefined;
          if (where.kind !== "id") outcomes.set(candidate.urn, where);
          else if (!provider) outcomes.set(candidate.urn, { kind: "absent" });
          else {
            outcomes.set(candidate.urn, { ...where, kind: "exists" });
            const name = String(reads.push(candidate) - 1);
            new Existing(candidate.type, name, where.id, provider);
          }
        } catch (error) {
          outcomes.set(candidate.urn, { kind: "unchecked", reason: (error as Error).message });
        }
      }),
    );
  });
  return outcomes;
}

/** An object that the engine reads, and does not manage. */
class Existing extends CustomResource {
  constructor(type: string, name: string, id: string, provider: ProviderResource) {
    // What a Kubernetes Secret holds; the other providers mark their secrets themselves.
    super(type, name, {}, { id, provider, additionalSecretOutputs: ["data", "stringData"] });
  }
}

interface ReadError {
  urn: string;
  message: string;
}

/** Runs the program, and corrects the outcomes of the reads by what the engine says of each. */
async function inThrowAwayStack(
  { engine, env, signal }: LookupOptions,
  reads: readonly Candidate[],
  outcomes: Map<string, Outcome>,
  program: () => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "kai-recover-"));
  try {
    const errors = await errorsOf(folder, engine, env, program, signal);
    for (const { urn, message } of errors) correct(urn, message, reads, outcomes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function errorsOf(
  folder: string,
  engine: Engine,
  env: NodeJS.ProcessEnv,
  program: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<ReadError[]> {
  const envVars = {
    ...(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<
      string,
      string
    >),
    PULUMI_BACKEND_URL: pathToFileURL(folder).href,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    PULUMI_CONFIG_PASSPHRASE_FILE: "",
    PULUMI_OPTION_CWD: folder,
  };
  const pulumiCommand = await PulumiCommand.get({ root: dirname(engine.directory), skipVersionCheck: true });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "recovery", projectName: "kai-recover", program },
    { workDir: folder, pulumiCommand, envVars },
  );
  const errors: ReadError[] = [];
  try {
    await stack.up({
      // What does not exist fails its own read alone.
      continueOnError: true,
      suppressOutputs: true,
      ...(signal && { signal }),
      onEvent: ({ diagnosticEvent }) => {
        if (diagnosticEvent?.severity === "error")
          errors.push({ urn: diagnosticEvent.urn ?? "", message: diagnosticEvent.message.trim() });
      },
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof CommandError) || errors.length === 0) throw error;
  }
  return errors;
}

function correct(
  urn: string,
  message: string,
  reads: readonly Candidate[],
  outcomes: Map<string, Outcome>,
): void {
  const [, , type = "", name = ""] = urn.split("::");
  const provider = /^pulumi:providers:(.+)$/.exec(type)?.[1];
  const meant = provider
    ? reads.filter((candidate) => packageOf(candidate.type) === provider)
    : reads.filter((_, index) => String(index) === name);
  for (const candidate of meant) {
    const isAbsent = /does not exist/.test(message);
    outcomes.set(candidate.urn, isAbsent ? { kind: "absent" } : { kind: "unchecked", reason: message });
  }
}

function packageOf(type: string): string {
  return type.split(":")[0] ?? type;
}
