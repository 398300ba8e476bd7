import { posix } from "node:path";
import type { Settings } from "../../settings.ts";
import { COMMENT, planJob, previewJob, REHEARSE, upJob } from "../jobs.ts";
import { environmentQueue } from "./deploy.ts";
import { expression, onBranches, pattern } from "./expressions.ts";
import { rehearseStep } from "./migrations.ts";
import { PROGRAM_NODE, RUNNER } from "./pins.ts";
import { commentJob, previewOfPullRequest, previewSteps, REFRESH } from "./previews.ts";
import { prepareProgram, programPermissions, programVariables } from "./program.ts";
import { checkout, programCommand, programFolder, script, setupNode } from "./steps.ts";
import type { Workflow, WorkflowJob } from "./types.ts";

/** Longest preview in a step summary: GitHub takes 1 MiB a step. */
const SUMMARY_BYTES = 900_000;

/**
 * `infrastructure.yml`: on a pull request what each stack would change, as one comment, and whether the migrations
 * apply; after the merge a plan of the stack whose branch it is, and `pulumi up` of exactly that plan.
 */
export function infrastructureWorkflow(stacks: readonly Settings[]): Workflow {
  const migrated = stacks.filter(({ clouds }) => clouds.database);
  const jobs: Record<string, WorkflowJob> = migrated.length > 0 ? { [REHEARSE.id]: rehearse(migrated) } : {};
  for (const settings of stacks) {
    const { name } = settings.environment;
    jobs[previewJob(name).id] = previewOfPullRequest(settings, stacks.length);
    jobs[planJob(name).id] = plan(settings);
    jobs[upJob(name).id] = up(settings);
  }
  jobs[COMMENT.id] = commentJob(stacks.map(({ environment }) => previewJob(environment.name).id));
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

/**
 * What the branch would change now, for the people who approve. It runs on the branch's own text with credentials that
 * may only read, and names its answer by a fingerprint.
 */
function plan(settings: Settings): WorkflowJob {
  const { name, branch } = settings.environment;
  const { name: title, environment } = planJob(name);
  return {
    name: title,
    if: onBranches([branch]),
    "runs-on": RUNNER,
    environment: { name: String(environment), deployment: false },
    permissions: programPermissions(settings),
    "timeout-minutes": 30,
    concurrency: environmentQueue(name),
    outputs: {
      changes: expression("steps.preview.outputs.changes"),
      fingerprint: expression("steps.preview.outputs.fingerprint"),
    },
    steps: previewSteps(settings, SUMMARY_BYTES),
  };
}

/**
 * Does what was planned, after the environment's approval. It plans again and refuses when that would do something
 * else; the engine is then held to the plan's operations. The plan itself is never handed from job to job: an artifact
 * could be read by everybody who can read the repository, and holds secrets, though encrypted.
 */
function up(settings: Settings): WorkflowJob {
  const { name, branch } = settings.environment;
  const planned = planJob(name).id;
  return {
    name: upJob(name).name,
    needs: [planned],
    if: onBranches([branch], `needs.${planned}.outputs.changes != '0'`),
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
        name: "Plan again",
        "working-directory": programFolder(settings),
        env: { ...programVariables(settings), APPROVED: expression(`needs.${planned}.outputs.fingerprint`) },
        run: script(`
          ${REFRESH}
          pulumi preview --stack "$STACK" --refresh="$refresh" --json --save-plan "$RUNNER_TEMP/plan" --non-interactive --color never > "$RUNNER_TEMP/preview.json"
          fingerprint="$(npm run --silent kai -- preview --stack "$STACK" --json < "$RUNNER_TEMP/preview.json" | jq --exit-status --raw-output .fingerprint)"
          if [ "$fingerprint" != "$APPROVED" ]; then
            npm run --silent kai -- preview --stack "$STACK" < "$RUNNER_TEMP/preview.json"
            echo "::error::What would change is not what was planned as $APPROVED: something was changed in the meantime. Run all jobs again to plan and approve anew."
            exit 1
          fi
        `),
      },
      {
        name: "Reconcile",
        "working-directory": programFolder(settings),
        env: programVariables(settings),
        run: script(`
          ${REFRESH}
          pulumi up --stack "$STACK" --refresh="$refresh" --yes --skip-preview --plan "$RUNNER_TEMP/plan" --non-interactive --color never
        `),
      },
    ],
  };
}
