import { NOTIFY } from "../jobs.ts";
import { expression, onBranches, type ReadSecret } from "./expressions.ts";
import { RUNNER } from "./pins.ts";
import { script } from "./steps.ts";
import type { Step, WorkflowJob } from "./types.ts";

/** Posts `$MESSAGE` to Slack. The address of a webhook is its key, so it goes in by standard input. */
const POST_TO_SLACK = `
if [ -z "$SLACK_WEBHOOK" ]; then echo "No Slack webhook is configured."; exit 0; fi
printf 'url = "%s"\\n' "$SLACK_WEBHOOK" > "$RUNNER_TEMP/slack"
jq --null-input --arg text "$MESSAGE" '{ text: $text }' |
  curl --config "$RUNNER_TEMP/slack" --fail --silent --show-error --output /dev/null --max-time 20 --retry 3 \\
    --header 'Content-Type: application/json' --data @-
`;

/**
 * Tells Slack something, if there is a webhook. A failure to tell is no failure of what is told.
 * @param message lines of a script that set `MESSAGE`.
 */
export function slackStep(condition: string, message: string, env: Record<string, string>): Step {
  return {
    name: "Tell Slack",
    if: condition,
    "continue-on-error": true,
    env,
    run: script(`${message.trim()}\n${POST_TO_SLACK.trim()}`),
  };
}

/** Days without a complete check for drift after which people are told. The check is made every day. */
const LONGEST_WITHOUT_CHECK = 3;

/**
 * A schedule that has stopped cannot tell so itself: GitHub switches it off in a public repository that rests, and a
 * branch can lose the file. So another workflow looks when the last run of it succeeded, as GitHub remembers.
 */
function checkOfDriftCheck(condition: string): Step {
  return {
    name: "Look whether drift is looked for",
    id: "drift",
    if: condition,
    "continue-on-error": true,
    env: { GH_TOKEN: expression("github.token"), LIMIT: String(LONGEST_WITHOUT_CHECK) },
    run: script(`
      last="$(gh api --method GET "repos/$GITHUB_REPOSITORY/actions/workflows/drift.yml/runs" \\
        -f status=success -F per_page=1 --jq '.workflow_runs[0].created_at // "never"')"
      if [ "$last" != never ] && [ "$(date --date "$last + $LIMIT days" +%s)" -gt "$(date +%s)" ]; then exit 0; fi
      alarm="The last complete check for drift: $last. Start the workflow Drift, and look why its schedule does not."
      echo "::warning::$alarm"
      echo "alarm=$alarm" >> "$GITHUB_OUTPUT"
    `),
  };
}

/** The one job that always runs: it says how all others ended, and ends the same way. */
export function notifyJob(
  others: readonly string[],
  deployedBranches: readonly string[],
  secret: ReadSecret,
): WorkflowJob {
  return {
    name: NOTIFY.name,
    needs: [...others],
    if: expression("always()"),
    "runs-on": RUNNER,
    permissions: { actions: "read" },
    "timeout-minutes": 10,
    steps: [
      {
        name: "Summarize",
        id: "summary",
        env: { NEEDS: expression("toJSON(needs)") },
        run: script(`
          outcome="$(jq --raw-output '
            [.[].result] |
            if any(. == "failure") then "failure" elif any(. == "cancelled") then "cancelled" else "success" end
          ' <<< "$NEEDS")"
          {
            echo "| Job | Result |"
            echo "| --- | --- |"
            jq --raw-output 'to_entries[] | "| \\(.key) | \\(.value.result) |"' <<< "$NEEDS"
          } >> "$GITHUB_STEP_SUMMARY"
          echo "outcome=$outcome" >> "$GITHUB_OUTPUT"
        `),
      },
      checkOfDriftCheck(onBranches(deployedBranches)),
      slackStep(
        onBranches(deployedBranches),
        `
MESSAGE="$GITHUB_REPOSITORY, $GITHUB_REF_NAME: $OUTCOME. $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID\${ALARM:+ $ALARM}"`,
        {
          SLACK_WEBHOOK: secret("SLACK_WEBHOOK"),
          OUTCOME: expression("steps.summary.outputs.outcome"),
          ALARM: expression("steps.drift.outputs.alarm"),
        },
      ),
      {
        name: "End as the other jobs did",
        env: { OUTCOME: expression("steps.summary.outputs.outcome") },
        run: '[ "$OUTCOME" = success ]\n',
      },
    ],
  };
}
