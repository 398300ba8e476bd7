import { posix } from "node:path";
import type { Settings } from "../../settings.ts";
import { previewJob, REHEARSE, upJob } from "../jobs.ts";
import { environmentQueue } from "./deploy.ts";
import { expression, onBranches, pattern } from "./expressions.ts";
import { rehearseStep } from "./migrations.ts";
import { PROGRAM_NODE, RUNNER } from "./pins.ts";
import { prepareProgram, programVariables, usesAws } from "./program.ts";
import { checkout, programCommand, programFolder, script, setupNode } from "./steps.ts";
import type { Permissions, Workflow, WorkflowJob } from "./types.ts";

/** Longest preview that a step summary holds whole: GitHub takes 1 MiB a step. */
const SUMMARY_BYTES = 900_000;

/**
 * `infrastructure.yml`: on a pull request what each stack would change, and whether the migrations apply; after the
 * merge, `pulumi up` of the stack whose branch it is. A pull request from a fork, or from Dependabot, gets no secrets and therefore no preview.
 */
export function infrastructureWorkflow(stacks: readonly Settings[]): Workflow {
  const migrated = stacks.filter(({ clouds }) => clouds.database);
  const jobs: Record<string, WorkflowJob> = migrated.length > 0 ? { [REHEARSE.id]: rehearse(migrated) } : {};
  for (const settings of stacks) {
    jobs[previewJob(settings.environment.name).id] = preview(settings);
    jobs[upJob(settings.environment.name).id] = up(settings);
  }
  const paths = programPaths(stacks);
  const branches = [...new Set(stacks.map(({ environment }) => environment.branch))];
  return {
    name: "Infrastructure",
    on: {
      pull_request: { ...paths },
      push: { branches: branches.map(pattern), ...paths },
      workflow_dispatch: null,
    },
    permissions: {},
    defaults: { run: { shell: "bash" } },
    jobs,
  };
}

/** Without a folder of its own, every change may concern the program. */
function programPaths(stacks: readonly Settings[]): { paths?: string[] } {
  const migrations = stacks
    .filter(({ clouds }) => clouds.database)
    .map((settings) => posix.join(programFolder(settings), settings.migrations.directory));
  const programs = [...new Set(stacks.map(programFolder))];
  if (programs.includes(".")) return {};
  const outside = [...new Set(migrations)].filter(
    (folder) => !programs.some((program) => folder.startsWith(`${program}/`)),
  );
  const folders = [...programs, ...outside];
  return { paths: [...folders.map((folder) => `${folder}/**`), ".github/workflows/infrastructure.yml"] };
}

/** What a job that runs this program may do: read the repository, and prove to AWS who it is. */
export function programPermissions(settings: Settings): Permissions {
  return { contents: "read", ...(usesAws(settings) ? { "id-token": "write" } : {}) };
}

/** One job for all stacks: what their databases hold already makes no difference to a throwaway one. */
function rehearse(stacks: readonly Settings[]): WorkflowJob {
  const [first] = stacks;
  return {
    name: REHEARSE.name,
    if: expression("github.event_name == 'pull_request'"),
    "runs-on": RUNNER,
    permissions: { contents: "read" },
    "timeout-minutes": 15,
    steps: [checkout(), setupNode(PROGRAM_NODE), programCommand(first!), rehearseStep(stacks)],
  };
}

function preview(settings: Settings): WorkflowJob {
  const { name, environment } = previewJob(settings.environment.name);
  const own = [
    "github.event_name == 'pull_request'",
    "github.event.pull_request.head.repo.full_name == github.repository",
    "github.event.pull_request.user.login != 'dependabot[bot]'",
  ];
  return {
    name,
    if: expression(own.join(" && ")),
    "runs-on": RUNNER,
    environment: { name: String(environment), deployment: false },
    permissions: programPermissions(settings),
    "timeout-minutes": 30,
    steps: [
      checkout(),
      ...prepareProgram(settings),
      {
        name: "Preview",
        "working-directory": programFolder(settings),
        env: programVariables(settings),
        run: script(`
          summarize() {
            { echo '\`\`\`'; head --bytes=${SUMMARY_BYTES} "$RUNNER_TEMP/preview"; echo '\`\`\`'; } >> "$GITHUB_STEP_SUMMARY"
          }
          trap summarize EXIT
          pulumi preview --stack "$STACK" --diff --non-interactive --color never 2>&1 | tee "$RUNNER_TEMP/preview"
        `),
      },
    ],
  };
}

function up(settings: Settings): WorkflowJob {
  const { name, branch } = settings.environment;
  return {
    name: upJob(name).name,
    if: onBranches([branch]),
    "runs-on": RUNNER,
    environment: { name, deployment: false },
    permissions: programPermissions(settings),
    // A cluster takes a quarter of an hour to come up, a distribution nearly as long.
    "timeout-minutes": 120,
    concurrency: environmentQueue(name),
    steps: [
      checkout(),
      ...prepareProgram(settings),
      {
        name: "Reconcile",
        "working-directory": programFolder(settings),
        env: programVariables(settings),
        run: 'pulumi up --stack "$STACK" --yes --non-interactive --color never\n',
      },
    ],
  };
}
