import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunStep, Step, WorkflowJob } from "../../pipeline/workflows/types.ts";
import { wouldRun } from "./evaluate.ts";

const STAND_IN = fileURLToPath(new URL("stand-in.sh", import.meta.url));
const TOOLS = ["aws", "corepack", "curl", "docker", "kubectl", "npm", "npx", "pulumi", "sleep", "yarn"];

/** A runner's disk with stand-ins for every program that deploys, and what they recorded. */
export class Runner {
  readonly folder = mkdtempSync(join(tmpdir(), "kai-workflow-"));
  /** What the stand-ins' world holds: images of deployments, restarts of pods. */
  readonly world = join(this.folder, "world");
  readonly workspace = join(this.folder, "workspace");
  #outputs: Record<string, Record<string, string>> = {};

  constructor() {
    for (const name of ["world", "workspace", "bin", "temp"]) mkdirSync(join(this.folder, name));
    for (const tool of TOOLS) symlinkSync(STAND_IN, join(this.folder, "bin", tool));
    chmodSync(STAND_IN, 0o755);
    this.put("restarts", "0 0");
  }

  put(name: string, text: string): void {
    writeFileSync(join(this.world, name), text);
  }

  get(name: string): string {
    return readFileSync(join(this.world, name), "utf8");
  }

  /** A file that the runner or a stand-in wrote: `calls`, `posted`, `summary`. */
  written(name: string): string {
    const path = join(this.folder, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  calls(): string[] {
    return this.written("calls").split("\n").filter(Boolean);
  }

  /** Runs one script with its environment, as GitHub's runner does with `shell: bash`. */
  run(step: RunStep, values: (expression: string) => string = () => ""): { status: number; output: string } {
    const cwd = join(this.workspace, step["working-directory"] ?? ".");
    mkdirSync(cwd, { recursive: true });
    const output = join(this.folder, "output");
    writeFileSync(output, "");
    const env = Object.entries(step.env ?? {}).map(([name, value]) => [
      name,
      this.#substitute(value, values),
    ]);
    const result = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run], {
      cwd,
      encoding: "utf8",
      env: {
        PATH: `${join(this.folder, "bin")}:${process.env.PATH}`,
        HOME: this.folder,
        CALLS: join(this.folder, "calls"),
        POSTED: join(this.folder, "posted"),
        WORLD: this.world,
        STAND_IN,
        RUNNER_TEMP: join(this.folder, "temp"),
        GITHUB_OUTPUT: output,
        GITHUB_PATH: join(this.folder, "path"),
        GITHUB_STEP_SUMMARY: join(this.folder, "summary"),
        GITHUB_REPOSITORY: "Basilakis/kai",
        GITHUB_REF_NAME: "main",
        GITHUB_RUN_ID: "1",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
        ...Object.fromEntries(env),
      },
    });
    if (step.id) {
      const lines = readFileSync(output, "utf8").split("\n").filter(Boolean);
      this.#outputs[step.id] = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
    }
    return { status: result.status ?? 1, output: result.stdout + result.stderr };
  }

  /**
   * Runs a job's steps in order, each where GitHub would.
   * @param breaks the step that fails before it does anything.
   * @returns names of the steps that ran.
   */
  runJob(job: WorkflowJob, values: (expression: string) => string, breaks?: string): string[] {
    const ran: string[] = [];
    let success = true;
    for (const step of job.steps) {
      if (!wouldRun(step.if, {}, { success })) continue;
      ran.push(step.name);
      if (step.name === breaks) success = false;
      else if (isRun(step) && this.run(step, values).status !== 0) success = false;
    }
    return ran;
  }

  output(step: string, name: string): string | undefined {
    return this.#outputs[step]?.[name];
  }

  #substitute(text: string, values: (expression: string) => string): string {
    return text.replace(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
      if (expression === "runner.temp") return join(this.folder, "temp");
      const [, step, name] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
      return (step && name && this.output(step, name)) || values(expression);
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

function isRun(step: Step): step is RunStep {
  return "run" in step;
}
