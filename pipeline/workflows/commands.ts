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

/** What is wrong with the lock files of a checkout, none if the one of the configured package manager is there. */
export function lockFileProblem(
  workflow: Pick<WorkflowSettings, "packageManager">,
  isThere: (file: string) => boolean,
): string | undefined {
  const wanted = LOCK_FILES[workflow.packageManager];
  if (isThere(wanted)) return undefined;
  const other = otherLockFiles(workflow).find(([, file]) => isThere(file));
  const remedy = other
    ? `${other[1]} is there: set kai:workflow.packageManager to ${other[0]}.`
    : "Commit it, or set kai:workflow.packageManager.";
  return `There is no ${wanted}, so nobody knows what would be installed. ${remedy}`;
}

/** Package managers that the repository is not configured for, with the lock file that tells that it uses them. */
export function otherLockFiles({
  packageManager,
}: Pick<WorkflowSettings, "packageManager">): [string, string][] {
  return Object.entries(LOCK_FILES).filter(([name]) => name !== packageManager);
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
