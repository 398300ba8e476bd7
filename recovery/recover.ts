/** Brings a stack whose `up` was killed, or lost an answer, to where the next `up` goes on with nothing doubled. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { WITHOUT_CLUSTER } from "../components/adoption.ts";
import type { EngineError } from "../drift/digest.ts";
import { reasonOf } from "../drift/reason.ts";
import type { Engine } from "../engine/engine.ts";
import { runInGroup } from "../engine/process.ts";
import type { Progress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { ADOPT_ONCE } from "../program-settings.ts";
import type { Settings } from "../settings.ts";
import { PlannedSteps, type StateSummary, summaryOf } from "./candidates.ts";
import { mendFileState, UNREADABLE } from "./file-state.ts";
import { describeLock, isHeldByService, isStale, type Lock, locksIn } from "./lock.ts";
import { lookFor } from "./lookups.ts";
import { type Found, type RecoveryReport, reportOf } from "./report.ts";

/** What is recovered, and with what. */
export interface RecoverOptions {
  stack: string;
  /** The folder of Pulumi.yaml. */
  directory: string;
  settings: Settings;
  engine: Engine;
  /** The environment of the engine, with the credentials of the clouds. */
  env: NodeJS.ProcessEnv;
  /** Look, and change nothing. */
  dryRun: boolean;
  progress: Progress;
  signal?: AbortSignal;
}

/** @throws UserError when the stack is locked by somebody who may be alive, or when its plan cannot be made */
export async function recover(options: RecoverOptions): Promise<RecoveryReport> {
  const folder = await mkdtemp(join(tmpdir(), "kai-state-"));
  try {
    return await new Recovery(options, join(folder, "state.json")).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Recovery {
  readonly #options: RecoverOptions;
  /** Where the exported state is kept meanwhile; secrets in it are encrypted. */
  readonly #file: string;

  constructor(options: RecoverOptions, file: string) {
    this.#options = options;
    this.#file = file;
  }

  async run(): Promise<RecoveryReport> {
    const { stack, dryRun, progress } = this.#options;
    const state = await this.#state();
    const removedLock = dryRun
      ? undefined
      : await progress.step("Remove what the engine left in the state", () => this.#clear());
    const planned = await progress.step(`See what an up of ${stack} would do`, (say) => this.#plan(say));
    const candidates = planned.with(state.pending.filter(({ urn }) => !state.urns.has(urn)));
    const known = {
      ownIds: state.ids,
      hasNamespace: [...state.urns].some((urn) => urn.includes("kubernetes:core/v1:Namespace::")),
      knowsCut: state.pending.length > 0,
    };
    const outcomes = await progress.step(`Ask the clouds for ${candidates.length} objects`, () =>
      lookFor(candidates, known, this.#options),
    );
    const report = reportOf(stack, dryRun, candidates, outcomes);
    report.byHand.push(...replacementsIn(state));
    const { found } = report;
    const hasCluster = [...state.urns].some((urn) => urn.includes("::pulumi:providers:kubernetes::"));
    if (!dryRun && found.length > 0)
      await progress.step(`Take ${found.length} objects into the state`, () =>
        this.#takeOver(found, hasCluster),
      );
    if (!dryRun && planned.deletes.length > 0)
      await progress.step(`See whether ${planned.deletes.length} objects are still there to be deleted`, () =>
        this.#forgetDeleted(planned.deletes),
      );
    return { ...report, ...(removedLock && { removedLock }) };
  }

  async #state(): Promise<StateSummary> {
    const read = ["stack", "export", "--file", this.#file];
    const { code, text } = await this.#pulumi(read);
    if (code !== 0) {
      if (UNREADABLE.test(text)) await mendFileState(this.#options);
      await this.#succeed(...read);
    }
    return summaryOf(JSON.parse(await readFile(this.#file, "utf8")));
  }

  /**
   * Writes the state back as it was, for which the engine drops the pending operations and takes the lock: whoever has
   * it is named in its refusal.
   */
  async #clear(): Promise<Lock | undefined> {
    const write = ["stack", "import", "--file", this.#file];
    const first = await this.#pulumi(write);
    if (first.code === 0) return undefined;
    const stale = this.#staleLock(first.text);
    await this.#succeed("cancel", "--yes");
    await this.#succeed(...write);
    return stale;
  }

  /** @throws UserError unless the refusal is a lock whose owner is dead */
  #staleLock(refusal: string): Lock {
    const { stack } = this.#options;
    const locks = locksIn(refusal);
    const machine = { host: hostname(), isRunning };
    const alive = locks.find((lock) => !isStale(lock, machine));
    const remedy = `make sure that it is dead, run \`pulumi cancel --stack ${stack}\`, and then \`kai recover --stack ${stack}\` again`;
    if (alive) {
      const where = alive.host === machine.host ? "still runs" : "is on another machine and may still run";
      throw new UserError(
        `${stack} is locked by ${describeLock(alive)}, which ${where}. Wait until it has ended; or ${remedy}.`,
      );
    }
    if (locks[0]) return locks[0];
    if (isHeldByService(refusal))
      throw new UserError(
        `Pulumi Cloud holds ${stack} for another update. Wait until it has ended; or ${remedy}.`,
      );
    throw new UserError(`The state of ${stack} cannot be written: ${refusal}`);
  }

  /** A deletion whose answer got lost: some providers fail on what is gone, until a refresh has looked. */
  async #forgetDeleted(urns: readonly string[]): Promise<void> {
    const targets = urns.flatMap((urn) => ["--target", urn]);
    await this.#succeed("refresh", "--yes", "--skip-preview", ...targets);
  }

  async #plan(say: (text: string) => void): Promise<PlannedSteps> {
    const planned = new PlannedSteps();
    const errors: EngineError[] = [];
    const lines: string[] = [];
    const { code } = await this.#pulumi(["preview", "--json"], {
      // The stream carries secrets in debug messages: what is not needed is dropped unread.
      onEvent: (event) => {
        planned.take(event);
        const { diagnosticEvent } = event;
        if (diagnosticEvent?.severity === "error")
          errors.push({
            message: diagnosticEvent.message,
            ...(diagnosticEvent.urn && { urn: diagnosticEvent.urn }),
          });
        if (event.resourcePreEvent) say(event.resourcePreEvent.metadata.urn.split("::").at(-1) ?? "");
      },
      onText: (line) => lines.push(line),
    });
    if (code !== 0) {
      const { stack } = this.#options;
      const reason = reasonOf({ stack, exitCode: code, errors, lines });
      throw new UserError(`What an up of ${stack} would do cannot be seen. ${reason}`);
    }
    return planned;
  }

  /** An `up` of the found objects alone, in which the program imports them. */
  async #takeOver(found: Found[], hasCluster: boolean): Promise<void> {
    await this.#import(found, hasCluster);
    for (const { urn, taken, renewed } of found) {
      // Marked, so that the next `up` replaces it.
      if (taken && renewed) await this.#succeed("state", "taint", urn, "--yes");
    }
  }

  async #import(found: Found[], hasCluster: boolean): Promise<void> {
    const { env, stack } = this.#options;
    const adopted = Object.fromEntries(found.map(({ name, id }) => [name, id]));
    const targets = found.flatMap(({ urn }) => ["--target", urn]);
    const errors: EngineError[] = [];
    const args = ["up", "--yes", "--skip-preview", "--continue-on-error", "--json", ...targets];
    const { code: exitCode, text } = await this.#pulumi(args, {
      env: { ...env, [ADOPT_ONCE]: JSON.stringify(adopted), ...(!hasCluster && { [WITHOUT_CLUSTER]: "1" }) },
      onEvent: ({ diagnosticEvent }) => {
        if (diagnosticEvent?.severity !== "error") return;
        const { urn, message } = diagnosticEvent;
        errors.push({ message: message.trim(), ...(urn && { urn }) });
      },
    });
    const { urns } = await this.#state();
    for (const object of found) {
      object.taken = urns.has(object.urn);
      const own = errors.find(({ urn }) => urn === object.urn)?.message;
      const ofRun = object.taken ? undefined : reasonOf({ stack, exitCode, errors, lines: [text] });
      const problem = own ?? ofRun;
      if (problem === undefined) delete object.problem;
      else object.problem = problem;
    }
  }

  async #succeed(...args: string[]): Promise<void> {
    const { code, text } = await this.#pulumi(args);
    if (code === 0) return;
    const { stack } = this.#options;
    const reason = reasonOf({ stack, exitCode: code, errors: [], lines: [text] });
    throw new UserError(reason);
  }

  async #pulumi(
    args: string[],
    options: {
      env?: NodeJS.ProcessEnv;
      onEvent?: (event: EngineEvent) => void;
      onText?: (line: string) => void;
    } = {},
  ): Promise<{ code: number | undefined; text: string }> {
    const { engine, directory, stack, signal } = this.#options;
    const { env = this.#options.env, onEvent, onText } = options;
    const common = ["--stack", stack, "--cwd", directory, "--non-interactive", "--color", "never"];
    const { code, lastLines } = await runInGroup(engine.pulumi, [...args, ...common], {
      cwd: directory,
      env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
      ...(signal && { signal }),
      onLine: (line) => {
        const event = onEvent && eventOf(line);
        if (event) onEvent(event);
        else onText?.(line);
      },
    });
    return { code, text: lastLines.filter((line) => !eventOf(line)).join("\n") };
  }
}

/** What was being created in the place of an object that the state still has: taking it over would lose that one. */
function replacementsIn({ pending, urns }: StateSummary): RecoveryReport["byHand"] {
  return pending
    .filter(({ urn }) => urns.has(urn))
    .map(({ urn, type, name }) => ({
      urn,
      type,
      name,
      reason: "it was being replaced when the engine died",
      steps: ["Look in the cloud whether the new one is there, and delete it; the next up makes it again."],
    }));
}

function eventOf(line: string): EngineEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
