import type { WorkflowSettings } from "../../settings.ts";

/** The commands of a repository's package manager, one line each. */
export type Commands = Required<WorkflowSettings["commands"]>;

interface PackageManager {
  /** Lock file without which an install is not repeatable. */
  lockFile: string;
  commands: Commands;
}

const scripts = (run: string, install: string): Commands => ({
  install,
  lint: `${run} lint`,
  test: `${run} test`,
  build: `${run} build`,
  integration: `${run} test:integration`,
  smoke: `${run} test:smoke`,
});

const MANAGERS: Record<WorkflowSettings["packageManager"], PackageManager> = {
  npm: { lockFile: "package-lock.json", commands: scripts("npm run", "npm ci") },
  yarn: { lockFile: "yarn.lock", commands: scripts("yarn", "yarn install --frozen-lockfile") },
  pnpm: { lockFile: "pnpm-lock.yaml", commands: scripts("pnpm run", "pnpm install --frozen-lockfile") },
};

/** The commands of the configuration, the package manager's own where it names none. */
export function commandsOf(workflow: WorkflowSettings): Commands {
  const set = Object.entries(workflow.commands).filter(([, command]) => command !== undefined);
  return { ...MANAGERS[workflow.packageManager].commands, ...Object.fromEntries(set) };
}

/** The lock file that the package manager needs. */
export function lockFile(workflow: WorkflowSettings): string {
  return MANAGERS[workflow.packageManager].lockFile;
}

/** Commands of yarn and pnpm that a word after their name may be instead of a script of package.json. */
const SUBCOMMANDS = new Set([
  "install",
  "ci",
  "exec",
  "dlx",
  "workspace",
  "workspaces",
  "run-script",
  "node",
]);

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
