/** Runs the engine's own preview-only refresh on stacks and answers what it found. Writes to no state and no cloud. */
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { runInGroup } from "../engine/process.ts";
import { LOOKS_ONLY } from "../pipeline/contradictions/contradiction.ts";
import { type CloudReport, cloudsOf, cloudsOfBroken } from "./clouds.ts";
import type { Difference } from "./differences.ts";
import { RefreshDigest } from "./digest.ts";
import type { Unseen } from "./github/spots.ts";
import type { Ignored } from "./ignored.ts";
import { reasonOf } from "./reason.ts";
import type { OwnImage } from "./running.ts";
import { exportState } from "./state.ts";

/** What a check says about one stack. */
export interface StackReport {
  stack: string;
  /** `could-not-check`: the engine did not get to its end; `findings` then holds what it had seen before. */
  outcome: "clean" | "drifted" | "could-not-check";
  /** Why it could not be checked, with the remedy; only in that case. */
  reason?: string;
  /** Objects whose live state was compared. */
  objects: number;
  /** Each cloud that the stack has objects in, and whether it was compared; left out where nobody knows. */
  clouds?: CloudReport[];
  findings: Difference[];
  /** What the token was not shown of GitHub beside it, with the reasons; only where there is any. */
  unseen?: Unseen[];
  /** Entries of `kai:drift.ignore` that left something out; only where there are any. */
  ignored?: Ignored[];
  /** Entries that fit nothing. */
  unused?: Ignored[];
  /** Changes of the program and its configuration that wait for an `up`; only where somebody asked. */
  pending?: number;
}

/** How stacks are checked. */
export interface CheckOptions {
  /** The folder of Pulumi.yaml. */
  directory: string;
  /** The `pulumi` executable. */
  pulumi: string;
  /** The environment of the engine, with the credentials of the clouds. */
  env: NodeJS.ProcessEnv;
  /** Ends the engine; the call then throws the signal's reason. */
  signal?: AbortSignal;
  /** Called often with what is going on, in a few words. */
  onProgress?: (text: string) => void;
  /** By stack and Deployment; of an unknown stack they are not compared. */
  images?: ReadonlyMap<string, ReadonlyMap<string, OwnImage>>;
}

/** Engine runs at the same time; each takes about 200 MB and most of a core. */
const atOnce = 2;

// pulumi/pulumi, pkg/cmd/pulumi/cmd/exit_codes.go
const engineExit = { ok: 0, unexpectedChanges: 7 };

/** Checks every stack, and answers in their order. */
export async function checkStacks(stacks: string[], options: CheckOptions): Promise<StackReport[]> {
  const reports: StackReport[] = [];
  const waiting = [...stacks.entries()];
  const activities = new Map<string, string>();
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, stack] = next;
      reports[index] = await checkStack(stack, options, (activity) => {
        activities.set(stack, activity);
        options.onProgress?.([...activities].map(([name, text]) => `${name}: ${text}`).join("; "));
      });
      activities.delete(stack);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return reports;
}

/**
 * The program runs along (`--run-program`), so that the clouds are asked with the credentials of today instead of
 * those in the state. Its own changes that wait for an `up` are no drift, and the engine leaves them out.
 *
 * The event stream is read, not the digest of `--json` alone: the digest leaves out objects whose provider only says
 * that they changed, and it comes when everything is over (pulumi/pulumi, pkg/backend/display/json.go).
 */
async function checkStack(
  stack: string,
  options: CheckOptions,
  onActivity: (activity: string) => void,
): Promise<StackReport> {
  const digest = new RefreshDigest(options.images?.get(stack));
  const { code, lines } = await refresh(stack, options, digest, onActivity);
  const result = { stack, objects: digest.read.size, findings: digest.differences() };
  const isComplete = code === engineExit.ok || code === engineExit.unexpectedChanges;
  if (!isComplete) {
    const reason = reasonOf({ stack, exitCode: code, errors: digest.errors, lines });
    const resources = (await exportState(stack, options))?.deployment?.resources ?? [];
    const clouds = cloudsOfBroken(resources, { read: digest.read, errors: digest.errors, reason });
    return { ...result, outcome: "could-not-check", reason, clouds };
  }
  const clouds = cloudsOf(digest.read);
  if (code === engineExit.unexpectedChanges && !digest.sawChanges) {
    const reason = `The engine found changes in ${stack} without naming them; \`pulumi refresh --preview-only --run-program --stack ${stack}\` shows what it sees.`;
    return { ...result, outcome: "could-not-check", reason, clouds };
  }
  return { ...result, outcome: result.findings.length > 0 ? "drifted" : "clean", clouds };
}

async function refresh(
  stack: string,
  { directory, pulumi, env, signal }: CheckOptions,
  digest: RefreshDigest,
  onActivity: (activity: string) => void,
): Promise<{ code: number | undefined; lines: string[] }> {
  const lines: string[] = [];
  onActivity("starts");
  const flags = ["--preview-only", "--expect-no-changes", "--run-program", "--json", "--non-interactive"];
  const args = ["refresh", ...flags, "--color", "never", "--cwd", directory, "--stack", stack];
  const { code } = await runInGroup(pulumi, args, {
    cwd: directory,
    env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true", [LOOKS_ONLY]: "true" },
    ...(signal && { signal }),
    onLine: (line) => {
      const event = eventOf(line);
      if (!event) {
        lines.push(line);
        return;
      }
      digest.take(event);
      onActivity(
        event.progressEvent?.message ?? `${digest.read.size} compared, ${digest.activity || "starts"}`,
      );
    },
  });
  return { code, lines };
}

/** The typings of 3.270 lack this kind of event. */
type Event = EngineEvent & { progressEvent?: { message: string } };

function eventOf(line: string): Event | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined;
  }
}
