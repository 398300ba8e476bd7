import type { ServiceSettings, Settings } from "../../settings.ts";
import { IMAGES } from "../jobs.ts";
import { expression, type ReadSecret } from "./expressions.ts";
import { IMAGE_NAME, type Image, registryVariables, rolledOut } from "./images.ts";
import { script } from "./steps.ts";
import type { Step } from "./types.ts";

/** Where the kubeconfig is: outside the workspace, so that no upload or build takes it along. */
export const KUBECONFIG = `${expression("runner.temp")}/kubeconfig`;

/** Longest time that a roll-out may take; the Deployment's own deadline is shorter. */
const ROLL_OUT_TIMEOUT = "10m";

/** Rolls out each service of the stack and waits until it serves. */
export function backendSteps(settings: Settings, images: readonly Image[], secret: ReadSecret): Step[] {
  const services = rolledOut(settings);
  if (services.length === 0) return [];
  return [
    kubectlStep(settings),
    kubeconfigStep(secret),
    ...services.map((service) => rollOutStep(settings, service, images, secret)),
  ];
}

/** The first release of the cluster's minor version: a client may differ from its server by one minor version only. */
function kubectlStep(settings: Settings): Step {
  return {
    name: "Install kubectl",
    env: { KUBECTL_VERSION: `v${settings.cluster.versionPrefix}0` },
    run: script(`
      cd "$RUNNER_TEMP"
      for file in kubectl kubectl.sha256; do
        curl --fail --silent --show-error --location --retry 5 --remote-name \\
          "https://dl.k8s.io/release/$KUBECTL_VERSION/bin/linux/amd64/$file"
      done
      echo "$(cat kubectl.sha256)  kubectl" | sha256sum --check --quiet
      mkdir -p bin
      install kubectl bin/kubectl
      echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
    `),
  };
}

/** GitHub masks the secret as it is stored; the token inside it becomes readable by decoding, so it is masked too. */
function kubeconfigStep(secret: ReadSecret): Step {
  return {
    name: "Connect to the cluster",
    env: { KUBECONFIG, KUBE_CONFIG_DATA: secret("KUBE_CONFIG_DATA") },
    run: script(`
      umask 077
      printf '%s' "$KUBE_CONFIG_DATA" | base64 --decode > "$KUBECONFIG"
      token="$(kubectl config view --raw --output 'jsonpath={.users[*].user.token}')"
      if [ -n "$token" ]; then echo "::add-mask::$token"; fi
    `),
  };
}

/** Remembers the running image first: returning means naming it again, whatever the Deployment's history holds. */
function rollOutStep(
  settings: Settings,
  service: ServiceSettings,
  images: readonly Image[],
  secret: ReadSecret,
): Step {
  const image = images.find(({ name }) => name === service.image);
  return {
    name: `Roll out ${service.name}`,
    env: {
      KUBECONFIG,
      ...registryVariables(secret),
      IMAGE: service.image,
      DIGEST: expression(`needs.${IMAGES.id}.outputs.${image?.id}`),
      NAMESPACE: settings.namespace.name,
      DEPLOYMENT: service.name,
      CONTAINER: service.container,
    },
    run: script(`
      case "$DIGEST" in
        sha256:*) ;;
        *) echo "::error::The job ${IMAGES.name} gave no digest for $IMAGE."; exit 1 ;;
      esac
      previous="$(kubectl --namespace "$NAMESPACE" get "deployment/$DEPLOYMENT" \\
        --output "jsonpath={.spec.template.spec.containers[?(@.name=='$CONTAINER')].image}")"
      if [ -z "$previous" ]; then
        echo "::error::Deployment $DEPLOYMENT in $NAMESPACE has no container $CONTAINER."
        exit 1
      fi
      echo "$DEPLOYMENT $CONTAINER $previous" >> "$RUNNER_TEMP/previous-images"
      image="${IMAGE_NAME}@$DIGEST"
      kubectl --namespace "$NAMESPACE" set image "deployment/$DEPLOYMENT" "$CONTAINER=$image"
      kubectl --namespace "$NAMESPACE" rollout status "deployment/$DEPLOYMENT" --timeout=${ROLL_OUT_TIMEOUT}
    `),
  };
}

/**
 * Returns every service to the image it ran before, when anything after the first roll-out failed or somebody
 * cancelled the run. The schema stays: migrations are written so that the previous release runs on it.
 */
export function returnStep(settings: Settings): Step[] {
  if (rolledOut(settings).length === 0) return [];
  return [
    {
      name: "Return to the previous images",
      if: expression("failure() || cancelled()"),
      env: { KUBECONFIG, NAMESPACE: settings.namespace.name },
      run: script(`
        previous="$RUNNER_TEMP/previous-images"
        if [ ! -s "$previous" ]; then echo "Nothing was rolled out."; exit 0; fi
        failed=0
        while read -r deployment container image <&3; do
          kubectl --namespace "$NAMESPACE" set image "deployment/$deployment" "$container=$image" || failed=1
        done 3< "$previous"
        while read -r deployment container image <&3; do
          kubectl --namespace "$NAMESPACE" rollout status "deployment/$deployment" --timeout=${ROLL_OUT_TIMEOUT} || failed=1
        done 3< "$previous"
        exit "$failed"
      `),
    },
  ];
}
