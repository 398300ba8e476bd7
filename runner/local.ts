/** Carries steps out on this computer: scripts in bash with stand-ins for programs, actions as functions. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { FileCommands, Log } from "./commands.ts";
import { resolveText, resolveTexts } from "./expressions.ts";
import type { Machine, MachineOrder, OpenMachine, StepCall, StepOutcome } from "./machine.ts";
import { plain } from "./machine.ts";
import { Masks } from "./masks.ts";
import type { Job } from "./parser.ts";
import { type Grace, runScript } from "./script.ts";

/** What an action is asked for. */
export interface ActionCall {
  /** Its inputs, `with:`. */
  with: Record<string, string>;
  env: Record<string, string>;
  /** The job's checkout: an action may write here. */
  workspace: string;
  /** Of the job that calls it. */
  job: string;
}

/** What an action leaves behind; nothing by default. */
export interface ActionResult {
  outcome?: "success" | "failure";
  outputs?: Record<string, string>;
  env?: Record<string, string>;
  path?: string[];
  log?: string;
}

/** Stands in for an action. */
export type Action = (call: ActionCall) => ActionResult | Promise<ActionResult>;

export interface LocalOptions {
  /** By `owner/name` or `owner/name/path`, without the version. An action that is not here is refused. */
  actions: Record<string, Action>;
  /** Folders with the programs that scripts may call, first ones first; see `makeTools`. Nothing else is on PATH. */
  path: string[];
  /** Variables that the stand-ins need. */
  env?: Record<string, string>;
  /** How long a script has to end when it is cancelled; GitHub's times by default. */
  grace?: Grace;
  /**
   * Decides a step's end in place of the step: `before` it does anything, or `after` it did all. For tests that let each
   * step fail in turn.
   */
  breaks?: (job: string, step: string) => "before" | "after" | undefined;
}

/** Machines below the system's folder for temporary files, removed when their job has ended. */
export function localMachines(options: LocalOptions): OpenMachine {
  return async (order) => {
    refuseUnknown(order.job);
    return new LocalMachine(options, order);
  };
}

/** One sentence about what this runner does not carry out. */
function refuseUnknown({ id, fields }: Job): void {
  const known: [string, string][] = [
    ["container", "runs in a container"],
    ["services", "needs service containers"],
    ["strategy", "has a matrix"],
    ["uses", "calls another workflow"],
  ];
  const found = known.find(([key]) => fields.find(key) !== undefined);
  if (found)
    throw new UserError(
      `The job ${id} ${found[1]}, which this runner cannot do: it runs scripts on this computer.`,
    );
}

/** Bash as GitHub starts it, without and with `shell: bash` (docs.github.com, workflow syntax, `shell`). */
const SHELLS: Record<string, string[]> = {
  "": ["bash", "-e"],
  bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
  sh: ["sh", "-e"],
};

class LocalMachine implements Machine {
  readonly contexts: Machine["contexts"];
  readonly #folder = mkdtempSync(join(tmpdir(), "kai-runner-"));
  readonly #options: LocalOptions;
  readonly #order: MachineOrder;
  readonly #masks: Masks;
  #steps = 0;

  constructor(options: LocalOptions, order: MachineOrder) {
    this.#options = options;
    this.#order = order;
    const token = `ghs_${order.job.id}`;
    this.#masks = new Masks([...Object.values(order.secrets), token]);
    for (const name of ["workspace", "temp", "home", "commands"]) mkdirSync(join(this.#folder, name));
    writeFileSync(join(this.#folder, "event.json"), JSON.stringify(order.github.event ?? {}));
    this.contexts = {
      runner: {
        os: "Linux",
        arch: "X64",
        name: "local",
        environment: "self-hosted",
        temp: join(this.#folder, "temp"),
        tool_cache: join(this.#folder, "temp"),
        debug: "",
      },
      github: {
        workspace: join(this.#folder, "workspace"),
        event_path: join(this.#folder, "event.json"),
        token,
      },
    };
  }

  hides(text: string): boolean {
    return this.#masks.hides(text);
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async carryOut(call: StepCall): Promise<StepOutcome> {
    const breaks = this.#options.breaks?.(call.job.id, call.name);
    if (breaks === "before") return plain("failure");
    const outcome = call.step.fields.find("run") ? await this.#script(call) : await this.#action(call);
    return breaks === "after" ? { ...outcome, outcome: "failure" } : outcome;
  }

  async #script(call: StepCall): Promise<StepOutcome> {
    const { step, scope, defaults } = call;
    const text = resolveText(step.fields.find("run"), scope) ?? "";
    const shell = resolveText(step.fields.find("shell") ?? defaults("shell"), scope) ?? "";
    const [program, ...flags] = SHELLS[shell] ?? [];
    if (!program)
      throw new UserError(`The step "${call.name}" wants the shell ${shell}; this runner knows bash and sh.`);
    const folder =
      resolveText(step.fields.find("working-directory") ?? defaults("working-directory"), scope) ?? ".";
    const cwd = join(this.#folder, "workspace", folder);
    mkdirSync(cwd, { recursive: true });
    this.#steps += 1;
    const file = join(this.#folder, "temp", `script-${this.#steps}.sh`);
    writeFileSync(file, text);
    const commands = new FileCommands(join(this.#folder, "commands"), this.#steps);
    const log = new Log(this.#masks);
    const { code, cancelled } = await runScript(program, [...flags, file], {
      cwd,
      env: { ...this.#variables(call), ...commands.variables },
      signal: call.signal,
      onLine: (line) => log.take(line),
      ...(this.#options.grace && { grace: this.#options.grace }),
    });
    const left = commands.read((problem) => log.take(`::error::${problem}`));
    return {
      ...left,
      outcome: cancelled ? "cancelled" : code === 0 && left.isWellFormed ? "success" : "failure",
      log: log.text,
      unmasked: log.unmasked,
      summary: this.#masks.apply(left.summary),
    };
  }

  /** What GitHub gives every script (docs.github.com, variables reference, "Default environment variables"). */
  #variables({ env, path, step }: StepCall): Record<string, string> {
    const { github } = this.#order;
    const all = { ...github, ...this.contexts.github, action: step.id };
    const named = Object.entries(all).flatMap(([name, value]) =>
      name === "event" || name === "token" ? [] : [[`GITHUB_${name.toUpperCase()}`, String(value)] as const],
    );
    const runner = Object.entries(this.contexts.runner).map(
      ([name, value]) => [`RUNNER_${name.toUpperCase()}`, String(value)] as const,
    );
    return {
      ...this.#options.env,
      HOME: join(this.#folder, "home"),
      CI: "true",
      GITHUB_ACTIONS: "true",
      ...Object.fromEntries(named),
      ...Object.fromEntries(runner),
      ...env,
      PATH: [...path, ...this.#options.path].join(":"),
    };
  }

  async #action(call: StepCall): Promise<StepOutcome> {
    const uses = call.step.fields.find("uses")?.toString() ?? "";
    const action = this.#options.actions[uses.replace(/@.*$/, "")];
    if (!action)
      throw new UserError(
        `The step "${call.name}" uses ${uses}, for which this runner was given no stand-in.`,
      );
    const result = await action({
      with: resolveTexts(call.step.fields.find("with"), call.scope),
      env: call.env,
      workspace: join(this.#folder, "workspace"),
      job: call.job.id,
    });
    const { outcome = "success", outputs = {}, env = {}, path = [], log = "" } = result;
    return { outcome, outputs, env, path, log: this.#masks.apply(log), unmasked: log, summary: "" };
  }
}
