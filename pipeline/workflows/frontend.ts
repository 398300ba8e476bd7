import type { Settings, SiteSettings } from "../../settings.ts";
import { hashedAssetPaths } from "../asset-paths.ts";
import { siteSecrets } from "../names.ts";
import { expression, literal, type ReadSecret } from "./expressions.ts";
import { ACTIONS, VERCEL_CLI } from "./pins.ts";
import { script } from "./steps.ts";
import type { Step, Variables } from "./types.ts";

/** Sites of the stack that Vercel serves. */
export function vercelSites(settings: Settings): SiteSettings[] {
  return settings.clouds.vercel ? settings.sites.filter(({ hosting }) => hosting !== "cloudfront") : [];
}

/** Sites of the stack that S3 and CloudFront serve. */
export function cloudfrontSites(settings: Settings): SiteSettings[] {
  return settings.clouds.aws ? settings.sites.filter(({ hosting }) => hosting !== "vercel") : [];
}

/** Builds each site with the environment's variables and publishes it where the model says. */
export function frontendSteps(settings: Settings, secret: ReadSecret): Step[] {
  const buckets = cloudfrontSites(settings);
  return [
    ...vercelSites(settings).map((site) => vercelStep(site, secret)),
    ...(buckets.length > 0 && settings.aws.credentials === "oidc" ? [signIn(secret)] : []),
    ...buckets.flatMap((site) => [
      buildStep(settings, site),
      uploadStep(settings, site, secret),
      invalidateStep(settings, site, secret),
    ]),
  ];
}

/** Id of the step whose output `url` is the address that Vercel gave the deployment. */
export function vercelStepId(site: SiteSettings): string {
  return `vercel-${site.name}`;
}

/** The folder `.vercel` belongs to one project; what an earlier site left there must not reach this one. */
function vercelStep(site: SiteSettings, secret: ReadSecret): Step {
  return {
    name: `Deploy ${site.name} to Vercel`,
    id: vercelStepId(site),
    env: {
      VERCEL_TOKEN: secret("VERCEL_TOKEN"),
      VERCEL_ORG_ID: secret("VERCEL_ORG_ID"),
      VERCEL_PROJECT_ID: secret(siteSecrets(site).vercelProjectId),
    },
    run: script(`
      rm -rf .vercel
      npx --yes ${VERCEL_CLI} pull --yes --environment=production
      npx --yes ${VERCEL_CLI} build --prod
      url="$(npx --yes ${VERCEL_CLI} deploy --prebuilt --prod)"
      echo "url=$url" >> "$GITHUB_OUTPUT"
    `),
  };
}

/** Short-lived credentials that only the steps see which ask for them. */
function signIn(secret: ReadSecret): Step {
  return {
    name: "Sign in to AWS",
    id: "aws",
    uses: ACTIONS.awsCredentials.uses,
    with: {
      "role-to-assume": secret("AWS_ROLE_ARN"),
      "aws-region": secret("AWS_REGION"),
      "output-credentials": true,
      "output-env-credentials": false,
    },
  };
}

function awsCredentials(settings: Settings, secret: ReadSecret): Variables {
  const region = { AWS_REGION: secret("AWS_REGION") };
  if (settings.aws.credentials === "keys") {
    return {
      ...region,
      AWS_ACCESS_KEY_ID: secret("AWS_ACCESS_KEY_ID"),
      AWS_SECRET_ACCESS_KEY: secret("AWS_SECRET_ACCESS_KEY"),
    };
  }
  return {
    ...region,
    AWS_ACCESS_KEY_ID: expression("steps.aws.outputs.aws-access-key-id"),
    AWS_SECRET_ACCESS_KEY: expression("steps.aws.outputs.aws-secret-access-key"),
    AWS_SESSION_TOKEN: expression("steps.aws.outputs.aws-session-token"),
  };
}

function buildStep(settings: Settings, site: SiteSettings): Step {
  const variables = Object.entries(site.variables).map(([name, value]) => [name, literal(String(value))]);
  return {
    name: `Build ${site.name}`,
    "working-directory": site.directory,
    ...(variables.length > 0 ? { env: Object.fromEntries(variables) } : {}),
    run: `${literal(site.buildCommand ?? `${settings.workflow.packageManager} run build`)}\n`,
  };
}

/**
 * Hashed files first, the pages that name them after: nobody gets a page whose files are not there. Hashed files of
 * earlier releases stay, for the tabs that are still open.
 */
function uploadStep(settings: Settings, site: SiteSettings, secret: ReadSecret): Step {
  const hashed = hashedAssetPaths(site.framework).map((path) => `"${path.replace(/^\//, "")}"`);
  const sync = 'aws s3 sync "$DIRECTORY" "s3://$BUCKET"';
  const only = `--exclude "*" ${hashed.map((path) => `--include ${path}`).join(" ")}`;
  const without = hashed.map((path) => ` --exclude ${path}`).join("");
  return {
    name: `Upload ${site.name} to S3`,
    env: {
      ...awsCredentials(settings, secret),
      BUCKET: secret(siteSecrets(site).bucketName),
      DIRECTORY: `${site.directory}/${site.outputDirectory}`,
    },
    run: [
      ...(hashed.length > 0
        ? [`${sync} ${only} --cache-control "public, max-age=31536000, immutable"\n`]
        : []),
      `${sync}${without} --delete --cache-control "public, max-age=0, must-revalidate"\n`,
    ].join(""),
  };
}

/** One path pattern is one path on the bill; the step ends when every edge has the new pages. */
function invalidateStep(settings: Settings, site: SiteSettings, secret: ReadSecret): Step {
  return {
    name: `Invalidate the cache of ${site.name}`,
    env: {
      ...awsCredentials(settings, secret),
      DISTRIBUTION: secret(siteSecrets(site).distributionId),
    },
    run: script(`
      invalidation="$(aws cloudfront create-invalidation --distribution-id "$DISTRIBUTION" --paths "/*" \\
        --query Invalidation.Id --output text)"
      aws cloudfront wait invalidation-completed --distribution-id "$DISTRIBUTION" --id "$invalidation"
    `),
  };
}
