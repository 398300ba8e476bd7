import { posix } from "node:path";
import type { Settings } from "../../settings.ts";
import { isProduction } from "../branches.ts";
import { BUILD, deployJob, IMAGES, NOTIFY } from "../jobs.ts";
import { secretTable } from "../secrets.ts";
import { backendSteps, returnStep } from "./backend.ts";
import { lockFile, otherLockFiles, scriptsOf } from "./commands.ts";
import { expression, onBranches, secretReader } from "./expressions.ts";
import { cloudfrontSites, frontendSteps, vercelSites, vercelStepId } from "./frontend.ts";
import { imagesJob, imagesOf, rolledOut } from "./images.ts";
import { migrationSteps } from "./migrations.ts";
import { notifyJob } from "./notify.ts";
import { orderStep } from "./order.ts";
import { RUNNER } from "./pins.ts";
import { applicationTools, checkout, programFolder, script } from "./steps.ts";
import type { Step, Workflow, WorkflowJob } from "./types.ts";
import { integrationStep, monitorStep, smokeStep } from "./verification.ts";

/**
 * `deploy.yml` as the specification has it: build and test everywhere, deploy an environment from its branch alone.
 * One job an environment: one approval, one deployment record that ends as the deployment did, and no step that runs
 * after one that failed.
 */
export function deployWorkflow(stacks: readonly Settings[]): Workflow {
  const images = imagesOf(stacks);
  const everySecret = secretReader(stacks.flatMap(secretTable));
  const jobs: Record<string, WorkflowJob> = {
    [BUILD.id]: buildJob(stacks),
    ...(images.length > 0 ? { [IMAGES.id]: imagesJob(stacks, everySecret) } : {}),
  };
  for (const settings of stacks) {
    jobs[deployJob(settings.environment.name).id] = environmentJob(settings, stacks);
  }
  const deployed = [...new Set(stacks.map(({ environment }) => environment.branch))];
  jobs[NOTIFY.id] = notifyJob(Object.keys(jobs), deployed, everySecret);
  return {
    name: "Deploy",
    on: { push: { branches: ["**"] }, pull_request: null, workflow_dispatch: null },
    permissions: {},
    defaults: { run: { shell: "bash" } },
    jobs,
  };
}

function buildJob(stacks: readonly Settings[]): WorkflowJob {
  const { workflow } = repositoryStack(stacks);
  const { commands } = workflow;
  return {
    name: BUILD.name,
    "runs-on": RUNNER,
    permissions: { contents: "read" },
    "timeout-minutes": 45,
    steps: [
      checkout(),
      ...applicationTools(workflow),
      checkStep(stacks),
      { name: "Install dependencies", run: `${commands.install}\n` },
      { name: "Run linting", run: `${commands.lint}\n` },
      { name: "Run unit tests", run: `${commands.test}\n` },
      { name: "Build packages", run: `${commands.build}\n` },
    ],
  };
}

/** Finds on every branch what a deployment would only find after its migrations: files and scripts that are not there. */
function checkStep(stacks: readonly Settings[]): Step {
  const { workflow } = repositoryStack(stacks);
  const dockerfiles = imagesOf(stacks).map(({ dockerfile }) => dockerfile);
  return {
    name: "Check what the steps need",
    env: {
      LOCK_FILE: lockFile(workflow),
      OTHER_LOCK_FILES: otherLockFiles(workflow)
        .map(([name, file]) => `${name}:${file}`)
        .join(" "),
      FILES: [...new Set(dockerfiles), posix.join(programFolder({ workflow }), "package-lock.json")].join(
        "\n",
      ),
      SCRIPTS: scriptsOf(Object.values(workflow.commands)).join(" "),
    },
    run: script(`
      missing=0
      if [ ! -f "$LOCK_FILE" ]; then
        echo "::error::There is no $LOCK_FILE, so nobody knows what would be installed. Commit it, or set kai:workflow.packageManager."
        for other in $OTHER_LOCK_FILES; do
          if [ -f "\${other#*:}" ]; then echo "::error::\${other#*:} is there: set kai:workflow.packageManager to \${other%%:*}."; fi
        done
        missing=1
      fi
      while IFS= read -r file; do
        if [ ! -f "$file" ]; then
          echo "::error::There is no $file. Commit it, or set kai:services (dockerfile) or kai:workflow.pipelineDirectory."
          missing=1
        fi
      done <<< "$FILES"
      for name in $SCRIPTS; do
        if ! jq --exit-status --arg name "$name" '(.scripts // {}) | has($name)' package.json > /dev/null; then
          echo "::error::package.json has no script $name. Add it, or set the command in kai:workflow.commands."
          missing=1
        fi
      done
      exit "$missing"
    `),
  };
}

function environmentJob(settings: Settings, stacks: readonly Settings[]): WorkflowJob {
  const { name, branch } = settings.environment;
  const secret = secretReader(secretTable(settings));
  const url = environmentAddress(settings);
  const signsIn = settings.aws.credentials === "oidc" && cloudfrontSites(settings).length > 0;
  return {
    name: deployJob(name).name,
    // Images are not built for a stack without services, and a job that needs a skipped one is skipped as well.
    needs: [BUILD.id, ...(rolledOut(settings).length > 0 ? [IMAGES.id] : [])],
    if: onBranches([branch]),
    "runs-on": RUNNER,
    environment: { name, ...(url ? { url } : {}) },
    permissions: { contents: "read", deployments: "read", ...(signsIn ? { "id-token": "write" } : {}) },
    "timeout-minutes": 90 + (isProduction(settings) ? settings.workflow.monitoring.minutes : 0),
    // Shared with `up` and the drift check of the stack. Every run waits its turn; none is dropped or cut off.
    concurrency: environmentQueue(name),
    steps: [
      orderStep(settings),
      checkout(),
      ...applicationTools(settings.workflow),
      { name: "Install dependencies", run: `${settings.workflow.commands.install}\n` },
      ...migrationSteps(settings, secret),
      ...frontendSteps(settings, secret),
      ...backendSteps(settings, imagesOf(stacks), secret),
      ...verificationSteps(settings),
      ...returnStep(settings),
    ],
  };

  function verificationSteps(stack: Settings): Step[] {
    return isProduction(stack)
      ? [smokeStep(stack, secret), monitorStep(stack)]
      : [integrationStep(stack, secret)];
  }
}

/** The queue of everything that changes or reads an environment. */
export function environmentQueue(environment: string): NonNullable<WorkflowJob["concurrency"]> {
  return { group: deployJob(environment).id, "cancel-in-progress": false, queue: "max" };
}

/** The stack that describes the repository; the first one where none says that it does. */
function repositoryStack(stacks: readonly Settings[]): Settings {
  const stack = stacks.find(({ ownsRepository }) => ownsRepository) ?? stacks[0];
  if (!stack) throw new Error("A workflow needs at least one stack.");
  return stack;
}

/** The address that the deployment record links to. */
function environmentAddress(settings: Settings): string | undefined {
  const domain = settings.sites.find((site) => site.domain)?.domain;
  if (domain) return `https://${domain}`;
  const [site] = vercelSites(settings);
  return site && expression(`steps.${vercelStepId(site)}.outputs.url`);
}
