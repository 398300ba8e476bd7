import type { Settings } from "../../settings.ts";
import { COMMENT, previewJob } from "../jobs.ts";
import { expression } from "./expressions.ts";
import { RUNNER } from "./pins.ts";
import { prepareProgram, programPermissions, programVariables } from "./program.ts";
import { checkout, programFolder, script } from "./steps.ts";
import type { Step, WorkflowJob } from "./types.ts";

/**
 * Bytes of all previews in the comment together: GitHub refuses comments of more than 65,536 characters, and the texts
 * reach a script as one variable, of which Linux takes 128 KiB.
 */
const COMMENT_BYTES = 60_000;

/** How the comment is found again. */
const MARKER = "<!-- kai preview -->";

/** A pull request of somebody who may push here. A fork's, and Dependabot's, gets no secrets. */
const OWN_PULL_REQUEST = [
  "github.event_name == 'pull_request'",
  "github.event.pull_request.head.repo.full_name == github.repository",
  "github.event.pull_request.user.login != 'dependabot[bot]'",
].join(" && ");

/**
 * A line of a script: started by hand, the engine reads the clouds again first, and what somebody changed there is put
 * back once that is approved.
 */
export const REFRESH =
  'if [ "$GITHUB_EVENT_NAME" = workflow_dispatch ]; then refresh=true; else refresh=false; fi';

/** Asks the engine what would change and gives it to people: in the log, in the summary, and as the output \`text\`. */
export function previewSteps(settings: Settings, limit: number): Step[] {
  return [
    checkout(),
    ...prepareProgram(settings),
    {
      name: "Preview",
      id: "preview",
      "working-directory": programFolder(settings),
      env: { ...programVariables(settings), LIMIT: String(limit) },
      run: script(`
        ${REFRESH}
        code=0
        pulumi preview --stack "$STACK" --refresh="$refresh" --json --non-interactive --color never > "$RUNNER_TEMP/preview.json" || code=$?
        kai() { npm run --silent kai -- preview --stack "$STACK" "$@" < "$RUNNER_TEMP/preview.json"; }
        kai --limit "$LIMIT" > "$RUNNER_TEMP/preview.md" || code=1
        tee --append "$GITHUB_STEP_SUMMARY" < "$RUNNER_TEMP/preview.md"
        end="$(cat /proc/sys/kernel/random/uuid)"
        { echo "text<<$end"; cat "$RUNNER_TEMP/preview.md"; echo "$end"; } >> "$GITHUB_OUTPUT"
        if [ "$code" -eq 0 ]; then
          kai --json | jq --raw-output '"changes=\\(.changes | length)", "fingerprint=\\(.fingerprint)"' >> "$GITHUB_OUTPUT"
        fi
        exit "$code"
      `),
    },
  ];
}

/** Shows on a pull request what one stack would change. It holds the clouds' credentials and cannot write to GitHub. */
export function previewOfPullRequest(settings: Settings, stacks: number): WorkflowJob {
  const { name, environment } = previewJob(settings.environment.name);
  return {
    name,
    if: expression(OWN_PULL_REQUEST),
    "runs-on": RUNNER,
    environment: { name: String(environment), deployment: false },
    permissions: programPermissions(settings),
    "timeout-minutes": 30,
    outputs: { text: expression("steps.preview.outputs.text") },
    steps: previewSteps(settings, Math.floor(COMMENT_BYTES / stacks)),
  };
}

/**
 * Keeps one comment with the previews of all stacks. What it writes comes from a pull request and is only text to it;
 * a job that runs a pull request's program and has rights to write would hand these to the pull request.
 */
export function commentJob(previews: readonly string[]): WorkflowJob {
  return {
    name: COMMENT.name,
    needs: [...previews],
    if: expression(`!cancelled() && ${OWN_PULL_REQUEST}`),
    "runs-on": RUNNER,
    permissions: { "pull-requests": "write" },
    "timeout-minutes": 10,
    concurrency: {
      group: `comment-${expression("github.event.pull_request.number")}`,
      "cancel-in-progress": false,
      queue: "max",
    },
    steps: [
      {
        name: "Write one comment",
        env: {
          GH_TOKEN: expression("github.token"),
          NUMBER: expression("github.event.pull_request.number"),
          COMMIT: expression("github.event.pull_request.head.sha"),
          MARKER,
          PREVIEWS: expression("toJSON(needs)"),
        },
        run: script(`
          newest="$(gh api "repos/$GITHUB_REPOSITORY/pulls/$NUMBER" --jq .head.sha)"
          if [ "$newest" != "$COMMIT" ]; then echo "A newer commit is there; its run writes the comment."; exit 0; fi
          jq --null-input --raw-output '
            (env.PREVIEWS | fromjson | to_entries[] |
              .value.outputs.text // "### \`\\(.key)\`: \\(.value.result)\\n\\nThere is no preview. The run says why."),
            "\\nFor \\(env.COMMIT). Values are left out; each preview\\u0027s job shows what does not fit here."
          ' > "$RUNNER_TEMP/previews"
          jq --null-input --rawfile text "$RUNNER_TEMP/previews" '{ body: (env.MARKER + "\\n" + $text) }' > "$RUNNER_TEMP/comment"
          comments="repos/$GITHUB_REPOSITORY/issues"
          known="$(gh api --paginate "$comments/$NUMBER/comments?per_page=100" --jq '
            .[] | select(.user.login == "github-actions[bot]" and (.body | startswith(env.MARKER))) | .id')"
          if [ -n "$known" ]; then
            gh api --silent --method PATCH "$comments/comments/\${known%%[!0-9]*}" --input "$RUNNER_TEMP/comment"
          else
            gh api --silent --method POST "$comments/$NUMBER/comments" --input "$RUNNER_TEMP/comment"
          fi
        `),
      },
    ],
  };
}
