import type { WorkflowSettings } from "../../settings.ts";

/** Lock file without which an install is not repeatable. */
const LOCK_FILES: Record<WorkflowSettings["packageManager"], string> = {
  npm: "package-lock.json",
  yarn: "yarn.lock",
  pnpm: "pnpm-lock.yaml",
};

/** The lock file that the repository's package manager needs. */
export function lockFile(workflow: WorkflowSettings): string {
  return LOCK_FILES[workflow.packageManager];
}

/** Words after the package manager's name that are commands of its own and no scripts. */
const SUBCOMMANDS = new Set(["install", "ci", "exec", "dlx", "workspace", "workspaces", "run", "node"]);

/**
 * The scripts of the root package.json that commands run, so that a missing one is found before anything is deployed.
 * A command of any other form (a workspace's script, a program) is left to fail by itself.
 */
export function scriptsOf(commands: readonly string[]): string[] {
  const names = commands.flatMap((command) => {
    const name = /^(?:npm run|pnpm run|yarn run|yarn|pnpm) ([\w:.-]+)$/.exec(command)?.[1];
    return name === undefined || name.startsWith("-") || SUBCOMMANDS.has(name) ? [] : [name];
  });
  return [...new Set(names)];
}
