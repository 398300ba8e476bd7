import type { Settings } from "../../settings.ts";
import { expression } from "./expressions.ts";
import { script } from "./steps.ts";
import type { Step } from "./types.ts";

/** The newest deployments of an environment; `ACTIVE` is the one whose last status is success. */
const NEWEST_DEPLOYMENTS =
  "query($owner: String!, $name: String!, $environment: String!) { repository(owner: $owner, name: $name) { deployments(first: 20, environments: [$environment], orderBy: { field: CREATED_AT, direction: DESC }) { nodes { state commitOid } } } }";

/**
 * Fails a deployment that would put an earlier commit over a later one: of two pushes, the second one's build may be
 * the faster. Running an earlier deployment again is somebody's wish, and is done.
 */
export function orderStep(settings: Settings): Step {
  return {
    name: "Check that nothing newer is deployed",
    env: {
      GH_TOKEN: expression("github.token"),
      ENVIRONMENT: settings.environment.name,
      QUERY: NEWEST_DEPLOYMENTS,
    },
    run: script(`
      if [ "$GITHUB_RUN_ATTEMPT" -gt 1 ]; then echo "This deployment is run again on purpose."; exit 0; fi
      deployed="$(gh api graphql --raw-field query="$QUERY" --raw-field environment="$ENVIRONMENT" \\
        --raw-field owner="\${GITHUB_REPOSITORY%/*}" --raw-field name="\${GITHUB_REPOSITORY#*/}" \\
        --jq '[.data.repository.deployments.nodes[] | select(.state == "ACTIVE") | .commitOid][0] // ""')"
      if [ -z "$deployed" ]; then echo "Nothing is deployed yet."; exit 0; fi
      order="$(gh api "repos/$GITHUB_REPOSITORY/compare/$deployed...$GITHUB_SHA" --jq .status)"
      if [ "$order" = behind ]; then
        echo "::error::$deployed, a later commit of this branch, is deployed already. To go back to this one, run this job again."
        exit 1
      fi
    `),
  };
}
