import { UserError } from "../../errors.ts";
import type { ServiceSettings, Settings } from "../../settings.ts";
import { BUILD, IMAGES } from "../jobs.ts";
import { IMAGES_ENVIRONMENT, slug } from "../names.ts";
import { expression, onBranches, type ReadSecret } from "./expressions.ts";
import { RUNNER } from "./pins.ts";
import { checkout, script } from "./steps.ts";
import type { Step, Variables, WorkflowJob } from "./types.ts";

/** One image that the workflow builds, for however many services run it. */
export interface Image {
  /** Name below the registry and its user. */
  name: string;
  dockerfile: string;
  /** Id of the step that builds it, and name of the job's output that holds its digest. */
  id: string;
}

/** Services that the stack's workflow rolls out. */
export function rolledOut(settings: Settings): ServiceSettings[] {
  return settings.clouds.digitalocean ? settings.services : [];
}

/**
 * Every image of the stacks, once each.
 * @throws UserError for an image that two services build from different files: one of them would run the other's.
 */
export function imagesOf(stacks: readonly Settings[]): Image[] {
  const files = new Map<string, string>();
  for (const { image, dockerfile } of stacks.flatMap(rolledOut)) {
    const known = files.get(image) ?? dockerfile;
    if (known !== dockerfile) {
      throw new UserError(
        `The image ${image} is built once, but kai:services names two files for it: ${known} and ${dockerfile}. Give both services the same dockerfile, or images with different names.`,
      );
    }
    files.set(image, dockerfile);
  }
  const taken = new Map<string, number>();
  return [...files].map(([name, dockerfile]) => {
    // `a/b` and `a-b` are two images with one slug.
    const base = `image-${slug(name)}`;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    return { name, dockerfile, id: count === 1 ? base : `${base}-${count}` };
  });
}

/** Full name of an image, without tag, inside quotes of a script: registries refuse upper case. */
export const IMAGE_NAME = `$DOCKER_REGISTRY/\${DOCKER_USERNAME,,}/$IMAGE`;

/** The registry and its user, where `IMAGE_NAME` is used. */
export function registryVariables(secret: ReadSecret): Variables {
  return { DOCKER_REGISTRY: secret("DOCKER_REGISTRY"), DOCKER_USERNAME: secret("DOCKER_USERNAME") };
}

/**
 * Builds each image once for a commit. A commit that went to staging already has its images, and production gets
 * exactly those: what is deployed is named by digest, never by a tag that somebody can move. Only the digest is handed
 * on; GitHub drops a job's output that contains a secret, and the registry's host is one.
 */
export function imagesJob(stacks: readonly Settings[], secret: ReadSecret): WorkflowJob {
  const images = imagesOf(stacks);
  const branches = stacks
    .filter((stack) => rolledOut(stack).length > 0)
    .map((stack) => stack.environment.branch);
  return {
    name: IMAGES.name,
    needs: [BUILD.id],
    environment: { name: IMAGES_ENVIRONMENT, deployment: false },
    if: onBranches([...new Set(branches)]),
    "runs-on": RUNNER,
    permissions: { contents: "read" },
    "timeout-minutes": 60,
    // Two runs of one commit would otherwise both find nothing and build twice.
    concurrency: { group: "publish-images", "cancel-in-progress": false, queue: "max" },
    outputs: Object.fromEntries(images.map(({ id }) => [id, expression(`steps.${id}.outputs.digest`)])),
    steps: [
      checkout(),
      {
        name: "Sign in to the registry",
        env: { ...registryVariables(secret), DOCKER_PASSWORD: secret("DOCKER_PASSWORD") },
        run: script(`
          printf '%s' "$DOCKER_PASSWORD" |
            docker login "$DOCKER_REGISTRY" --username "$DOCKER_USERNAME" --password-stdin
        `),
      },
      ...images.map((image) => buildStep(image, secret)),
    ],
  };
}

function buildStep({ name, dockerfile, id }: Image, secret: ReadSecret): Step {
  return {
    name: `Publish ${name}`,
    id,
    env: { ...registryVariables(secret), IMAGE: name, DOCKERFILE: dockerfile },
    run: script(`
      image="${IMAGE_NAME}:$GITHUB_SHA"
      if manifest="$(docker buildx imagetools inspect "$image" --format '{{json .Manifest}}')"; then
        digest="$(jq --exit-status --raw-output .digest <<< "$manifest")"
      else
        docker buildx build --push --tag "$image" --file "$DOCKERFILE" --metadata-file "$RUNNER_TEMP/build.json" .
        digest="$(jq --exit-status --raw-output '."containerimage.digest"' "$RUNNER_TEMP/build.json")"
      fi
      echo "digest=$digest" >> "$GITHUB_OUTPUT"
    `),
  };
}
