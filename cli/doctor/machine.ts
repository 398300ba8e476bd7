/** What this computer has: Node, the engine, the state backend with the stacks. */
import { execFile } from "node:child_process";
import semver from "semver";
import { reasonOf } from "../../drift/reason.ts";
import type { Engine } from "../../engine/engine.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { lookForEngine } from "../../engine/find-engine.ts";
import { error, type Finding, note, unchecked } from "../../github/doctor/finding.ts";
import packageJson from "../../package.json" with { type: "json" };

/** Where the checks run. */
export interface Machine {
  /** The checkout of this program. */
  root: string;
  /** The folder of Pulumi.yaml. */
  directory: string;
  env: NodeJS.ProcessEnv;
}

/** @param version `process.versions.node` */
export function checkNode(version: string): Finding[] {
  const wanted = packageJson.engines.node;
  if (semver.satisfies(version, wanted)) return [];
  const remedy = 'export PATH="$PWD/node_modules/.bin:$PATH"';
  return [{ check: "node", ...error(`This is Node ${version}, and the program needs ${wanted}.`, remedy) }];
}

/** The engine, which is not made here, and what it says of the backend. */
export async function checkEngine(machine: Machine, stacks: readonly string[]): Promise<Finding[]> {
  const { engine, reasons } = await lookForEngine(machine);
  if (engine) return checkBackend(engine, machine, stacks);
  const message = `There is no Pulumi engine on this computer yet (${reasons.join("; ")}).`;
  return [
    { check: "engine", ...note(message, "kai engine") },
    { check: "state", ...unchecked("The state backend: there is no engine to ask it with.") },
  ];
}

/** Logged in, and the stacks are there: one run of the engine answers both. */
async function checkBackend(engine: Engine, machine: Machine, stacks: readonly string[]): Promise<Finding[]> {
  const { root, directory, env } = machine;
  const answer = await run(
    engine.pulumi,
    ["stack", "ls", "--json", "--non-interactive", "--cwd", directory],
    {
      ...engineEnvironment(engine, env, root),
      NO_COLOR: "1",
    },
  );
  if (answer.code !== 0) {
    const reason = reasonOf({
      stack: stacks[0] ?? "",
      exitCode: answer.code,
      errors: [],
      lines: answer.output.split("\n"),
    });
    return [{ check: "state", ...unchecked(`The state backend: ${reason}`, "pulumi login") }];
  }
  const names = (JSON.parse(answer.output) as { name: string }[]).map(({ name }) => name.split("/").at(-1));
  return stacks
    .filter((stack) => !names.includes(stack))
    .map((stack) => ({
      check: "state",
      ...note(`The state backend has no stack ${stack} yet.`, `pulumi stack init ${stack}`),
    }));
}

function run(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { env }, (failure, stdout, stderr) =>
      resolve({
        code: failure ? Number(failure.code ?? 1) : 0,
        output: failure ? `${stdout}${stderr}` : stdout,
      }),
    );
  });
}
