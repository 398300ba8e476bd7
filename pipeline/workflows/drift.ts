import type { Settings } from "../../settings.ts";
import { driftJob, tellJob } from "../jobs.ts";
import { secretTable } from "../secrets.ts";
import { expression, secretReader } from "./expressions.ts";
import { slackStep } from "./notify.ts";
import { ACTIONS, PROGRAM_NODE, RUNNER } from "./pins.ts";
import { prepareProgram, programPermissions, programVariables } from "./program.ts";
import { checkout, programCommand, programFolder, script, setupNode } from "./steps.ts";
import type { Step, Workflow, WorkflowJob } from "./types.ts";

/** Where a job keeps the report of its stack, `drift.json`, and the page of it, `drift.html`. */
const FOLDER = "$RUNNER_TEMP/drift";
const FOLDER_OF_ACTIONS = `${expression("runner.temp")}/drift`;

/** Days for which GitHub keeps the report of a run. */
const KEPT = "30";

/**
 * `drift.yml`: once a day, and by hand, what somebody changed behind the program's back. It has a file of its own,
 * because GitHub switches off a whole file when the schedule in it rests for 60 days of an idle public repository.
 *
 * The job that reads the clouds cannot write to GitHub, and the one that writes issues holds no key to any cloud. A run
 * is green when every stack could be checked: drift is told by the issue, and a workflow that is red every day until
 * somebody has time is one that nobody looks at.
 */
export function driftWorkflow(stacks: readonly Settings[]): Workflow {
  const jobs = stacks.flatMap((settings) => [
    [driftJob(settings.environment.name).id, check(settings)] as const,
    [tellJob(settings.environment.name).id, tell(settings)] as const,
  ]);
  return {
    name: "Drift",
    // Not on the hour, when every other schedule starts.
    on: { schedule: [{ cron: "17 4 * * *" }], workflow_dispatch: null },
    permissions: {},
    defaults: { run: { shell: "bash" } },
    jobs: Object.fromEntries(jobs),
  };
}

function check(settings: Settings): WorkflowJob {
  const { id, name, environment } = driftJob(settings.environment.name);
  return {
    name,
    "runs-on": RUNNER,
    environment: { name: String(environment), deployment: false },
    // For the look at other runs.
    permissions: { actions: "read", ...programPermissions(settings) },
    "timeout-minutes": 45,
    // Not the deployments' queue: a deployment that nobody approves would keep drift from being looked for.
    concurrency: { group: id, "cancel-in-progress": false, queue: "max" },
    steps: [
      waitForOthers(settings),
      // The program as it stands on the environment's branch is what the last `up` ran.
      checkout(settings.environment.branch),
      ...prepareProgram(settings),
      {
        name: "Look for drift",
        "working-directory": programFolder(settings),
        env: programVariables(settings),
        run: script(`
          mkdir "${FOLDER}"
          code=0
          npm run --silent kai -- drift --stack "$STACK" --json --html "${FOLDER}/drift.html" > "${FOLDER}/drift.json" || code=$?
          jq --raw-output '.stacks[] | "\\(.stack): \\(.outcome)", .reason // empty' "${FOLDER}/drift.json"
          # That there is drift is an answer; that something could not be looked at is none.
          if [ "$code" -ne 7 ]; then exit "$code"; fi
          jq --exit-status '.stacks | all(.outcome != "could-not-check")' "${FOLDER}/drift.json" > /dev/null
        `),
      },
      {
        name: "Keep the report",
        if: expression("!cancelled()"),
        uses: ACTIONS.uploadArtifact.uses,
        with: {
          name: reportName(settings),
          path: FOLDER_OF_ACTIONS,
          "retention-days": KEPT,
          // A job that runs again has a new report.
          overwrite: true,
        },
      },
    ],
  };
}

/** An update that is under way would look like drift. A run that waits for an approval is not in progress. */
function waitForOthers({ environment }: Settings): Step {
  return {
    name: "Wait for what is under way",
    env: { GH_TOKEN: expression("github.token"), BRANCH: environment.branch },
    run: script(`
      for _ in {1..40}; do
        busy="$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/runs" \\
          -f status=in_progress -f branch="$BRANCH" -F per_page=100 \\
          --jq '[.workflow_runs[] | select(.path | test("/(deploy|infrastructure)[.]yml"))] | length')"
        if [ "$busy" -eq 0 ]; then exit 0; fi
        sleep 30
      done
      echo "::error::A deployment of $BRANCH has been under way for 20 minutes, and would look like drift."
      exit 1
    `),
  };
}

function reportName({ environment }: Settings): string {
  return `drift-${environment.name}`;
}

function tell(settings: Settings): WorkflowJob {
  const { id, name } = tellJob(settings.environment.name);
  const secret = secretReader(secretTable(settings));
  const isNews = "steps.tell.outputs.changed == 'true'";
  const isNewTrouble =
    "steps.tell.outputs.state == 'could-not-check' && steps.before.outputs.conclusion != 'failure'";
  return {
    name,
    needs: [driftJob(settings.environment.name).id],
    // Also that a check failed is told.
    if: expression("!cancelled()"),
    "runs-on": RUNNER,
    permissions: { actions: "read", contents: "read", issues: "write" },
    "timeout-minutes": 10,
    // Two runs at once would both open an issue.
    concurrency: { group: id, "cancel-in-progress": false, queue: "max" },
    steps: [
      checkout(settings.environment.branch),
      setupNode(PROGRAM_NODE),
      programCommand(settings),
      {
        name: "Get the report",
        // There is none where the check ended before it had any.
        "continue-on-error": true,
        uses: ACTIONS.downloadArtifact.uses,
        with: { name: reportName(settings), path: FOLDER_OF_ACTIONS },
      },
      checkBefore(settings),
      {
        name: "Tell what was found",
        id: "tell",
        "working-directory": programFolder(settings),
        env: { GITHUB_TOKEN: expression("github.token"), STACK: settings.stack },
        run: script(`
          report="${FOLDER}/drift.json"
          if [ ! -s "$report" ]; then
            mkdir -p "${FOLDER}"
            jq --null-input '{ version: 1, outcome: "could-not-check", stacks: [{ stack: env.STACK, outcome: "could-not-check",
              reason: "The check ended without an answer. Its job says why.", objects: 0, findings: [] }] }' > "$report"
          fi
          npm run --silent kai -- drift tell --summary "$GITHUB_STEP_SUMMARY" --json "$report" |
            jq --raw-output '"state=\\(.state)", "changed=\\(.changed)"' >> "$GITHUB_OUTPUT"
        `),
      },
      slackStep(
        expression(`!cancelled() && (failure() || ${isNews} || (${isNewTrouble}))`),
        `
MESSAGE="$GITHUB_REPOSITORY, drift of $STACK: \${STATE:-could not be told}. $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"`,
        {
          SLACK_WEBHOOK: secret("SLACK_WEBHOOK"),
          STACK: settings.stack,
          STATE: expression("steps.tell.outputs.state"),
        },
      ),
    ],
  };
}

/** How the stack's check in the run before this one ended: a trouble that lasts is told once, whatever others have. */
function checkBefore({ environment }: Settings): Step {
  return {
    name: "Look at the run before",
    id: "before",
    "continue-on-error": true,
    env: { GH_TOKEN: expression("github.token"), JOB: driftJob(environment.name).name },
    run: script(`
      run="$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/workflows/drift.yml/runs" \\
        -f status=completed -f branch="$GITHUB_REF_NAME" -F per_page=1 --jq '.workflow_runs[0].id // ""')"
      if [ -z "$run" ]; then echo "This is the first run."; exit 0; fi
      conclusion="$(gh api "repos/$GITHUB_REPOSITORY/actions/runs/$run/jobs?per_page=100" \\
        --jq '.jobs[] | select(.name == env.JOB) | .conclusion')"
      echo "conclusion=$conclusion" >> "$GITHUB_OUTPUT"
    `),
  };
}
