import type { Settings } from "../../settings.ts";
import { driftJob } from "../jobs.ts";
import { secretTable } from "../secrets.ts";
import { environmentQueue } from "./deploy.ts";
import { expression, secretReader } from "./expressions.ts";
import { slackStep } from "./notify.ts";
import { RUNNER } from "./pins.ts";
import { prepareProgram, programPermissions, programVariables } from "./program.ts";
import { checkout, programFolder, script } from "./steps.ts";
import type { Workflow, WorkflowJob } from "./types.ts";

/**
 * `drift.yml`: once a day, and by hand, what somebody changed behind the program's back. It has a file of its own,
 * because GitHub switches off a whole file when the schedule in it rests for 60 days of an idle public repository.
 */
export function driftWorkflow(stacks: readonly Settings[]): Workflow {
  const jobs = stacks.map((settings) => [driftJob(settings.environment.name).id, drift(settings)] as const);
  return {
    name: "Drift",
    // Not on the hour, when every other schedule starts.
    on: { schedule: [{ cron: "17 4 * * *" }], workflow_dispatch: null },
    permissions: {},
    defaults: { run: { shell: "bash" } },
    jobs: Object.fromEntries(jobs),
  };
}

function drift(settings: Settings): WorkflowJob {
  const { name, environment } = driftJob(settings.environment.name);
  const secret = secretReader(secretTable(settings));
  return {
    name,
    "runs-on": RUNNER,
    environment: { name: String(environment), deployment: false },
    permissions: programPermissions(settings),
    "timeout-minutes": 30,
    // An update that is under way would look like drift.
    concurrency: environmentQueue(settings.environment.name),
    steps: [
      // The program as it stands on the environment's branch is what the last `up` ran.
      checkout(settings.environment.branch),
      ...prepareProgram(settings),
      {
        name: "Look for drift",
        id: "drift",
        "working-directory": programFolder(settings),
        env: programVariables(settings),
        run: script(`
          code=0
          npm run --silent kai -- drift --stack "$STACK" > "$RUNNER_TEMP/drift" || code=$?
          case "$code" in
            0) outcome="no drift" ;;
            7) outcome="drift found" ;;
            *) outcome="could not be checked" ;;
          esac
          echo "outcome=$outcome" >> "$GITHUB_OUTPUT"
          cat "$RUNNER_TEMP/drift"
          { echo '\`\`\`'; cat "$RUNNER_TEMP/drift"; echo '\`\`\`'; } >> "$GITHUB_STEP_SUMMARY"
          exit "$code"
        `),
      },
      slackStep(
        expression("failure()"),
        `
MESSAGE="$GITHUB_REPOSITORY, $STACK: \${OUTCOME:-could not be checked}. $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"`,
        {
          SLACK_WEBHOOK: secret("SLACK_WEBHOOK"),
          STACK: settings.stack,
          OUTCOME: expression("steps.drift.outputs.outcome"),
        },
      ),
    ],
  };
}
