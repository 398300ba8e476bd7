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
    permissions: {},
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
      slackStep(
        onBranches(deployedBranches),
        `
MESSAGE="$GITHUB_REPOSITORY, $GITHUB_REF_NAME: $OUTCOME. $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"`,
        { SLACK_WEBHOOK: secret("SLACK_WEBHOOK"), OUTCOME: expression("steps.summary.outputs.outcome") },
      ),
      {
        name: "End as the other jobs did",
        env: { OUTCOME: expression("steps.summary.outputs.outcome") },
        run: '[ "$OUTCOME" = success ]\n',
      },
    ],
  };
}
