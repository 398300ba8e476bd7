import type { Settings } from "../../settings.ts";
import { deployJob } from "../jobs.ts";
import { secretTable } from "../secrets.ts";
import { KUBECONFIG } from "./backend.ts";
import type { ReadSecret } from "./expressions.ts";
import { rolledOut } from "./images.ts";
import { script } from "./steps.ts";
import type { Step, Variables } from "./types.ts";

/** What the application itself is configured with, and its tests therefore need. */
const APPLICATION_SECRETS = ["MONGODB_URI", "SUPABASE_URL", "SUPABASE_KEY", "JWT_SECRET"];

/** Seconds between two looks at the roll-out. */
const PAUSE_SECONDS = 30;

/** Requests to each address a look, so that a share of failed ones means something. */
const REQUESTS = 10;

/** Integration tests against the environment. */
export function integrationStep(settings: Settings, secret: ReadSecret): Step {
  return {
    name: "Run integration tests",
    env: testVariables(settings, secret),
    run: `${settings.workflow.commands.integration}\n`,
  };
}

/** Smoke tests against the environment. */
export function smokeStep(settings: Settings, secret: ReadSecret): Step {
  return {
    name: "Run smoke tests",
    env: testVariables(settings, secret),
    run: `${settings.workflow.commands.smoke}\n`,
  };
}

function testVariables(settings: Settings, secret: ReadSecret): Variables {
  const provided = secretTable(settings)
    .filter(({ readers }) => readers.some(({ id }) => id === deployJob(settings.environment.name).id))
    .map(({ name }) => name);
  const names = APPLICATION_SECRETS.filter((name) => provided.includes(name));
  return {
    NODE_ENV: settings.environment.name,
    ...Object.fromEntries(names.map((name) => [name, secret(name)])),
  };
}

/** Addresses that must answer while the roll-out is watched: own domains, and services with a host. */
function healthAddresses(settings: Settings): string[] {
  const sites = settings.sites.flatMap(({ domain }) => (domain ? [`https://${domain}/`] : []));
  const services = rolledOut(settings).flatMap(({ host, healthPath, public: isPublic }) =>
    isPublic && host ? [`https://${host}${healthPath}`] : [],
  );
  return [...sites, ...services];
}

/** Watches the roll-out: every pod ready, none restarted, no more failed requests than the configuration allows. */
export function monitorStep(settings: Settings): Step {
  const services = rolledOut(settings);
  const watched = {
    CHECKS: String((settings.workflow.monitoring.minutes * 60) / PAUSE_SECONDS),
    PAUSE_SECONDS: String(PAUSE_SECONDS),
    ADDRESSES: healthAddresses(settings).join(" "),
    REQUESTS: String(REQUESTS),
    ALLOWED_PERCENT: String(settings.workflow.monitoring.errorPercent),
  };
  if (services.length === 0) {
    return { name: "Monitor deployment", env: watched, run: script(watch("", "")) };
  }
  return {
    name: "Monitor deployment",
    env: {
      ...watched,
      KUBECONFIG,
      NAMESPACE: settings.namespace.name,
      DEPLOYMENTS: services.map(({ name }) => name).join(" "),
    },
    run: script(watch(COUNT_RESTARTS, CHECK_PODS)),
  };
}

const COUNT_RESTARTS = `
restarts() {
  kubectl --namespace "$NAMESPACE" get pods --output 'jsonpath={.items[*].status.containerStatuses[*].restartCount}' |
    tr ' ' '\\n' | awk '{ total += $1 } END { print total + 0 }'
}
before="$(restarts)"`;

const CHECK_PODS = `
  for deployment in $DEPLOYMENTS; do
    kubectl --namespace "$NAMESPACE" rollout status "deployment/$deployment" --timeout=60s
  done
  now="$(restarts)"
  if [ "$now" -gt "$before" ]; then
    echo "::error::Containers in $NAMESPACE restarted after the roll-out."
    exit 1
  fi`;

/** The budget of failed requests is that of the whole time, and the step ends as soon as it is used up. */
function watch(prepare: string, check: string): string {
  return `${prepare}
addresses=($ADDRESSES)
allowed=$((CHECKS * REQUESTS * \${#addresses[@]} * ALLOWED_PERCENT / 100))
failed=0
for ((round = 1; round <= CHECKS; round++)); do${check}
  for address in $ADDRESSES; do
    for ((request = 1; request <= REQUESTS; request++)); do
      curl --fail --silent --show-error --location --output /dev/null --max-time 20 "$address" || failed=$((failed + 1))
    done
  done
  if [ "$failed" -gt "$allowed" ]; then
    echo "::error::$failed requests failed, and $allowed may."
    exit 1
  fi
  echo "Check $round of $CHECKS passed."
  if [ "$round" -lt "$CHECKS" ]; then sleep "$PAUSE_SECONDS"; fi
done`.trimStart();
}
