import { getRepository } from "@pulumi/github/getRepository.js";
import { getUser } from "@pulumi/github/getUser.js";
import type { ProviderResource } from "@pulumi/pulumi";
import { UserError } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { TrustArgs } from "./deploy-identity.ts";

/** What the program asks GitHub before it declares anything; both lookups also work in a preview. */

/** A repository that exists. */
export interface FoundRepository {
  name: string;
  nodeId: string;
}

/**
 * Finds the repository that this stack adopts, or that the other stack owns; undefined where this stack creates it.
 * @throws UserError when it does not exist, or when adopting it would publish a private repository.
 */
export async function findRepository(
  { repository, ownsRepository }: Pick<Settings, "repository" | "ownsRepository">,
  provider: ProviderResource,
): Promise<FoundRepository | undefined> {
  if (ownsRepository && !repository.existing) return undefined;
  const fullName = `${repository.owner}/${repository.name}`;
  const found = await getRepository({ fullName }, { provider }).catch((error: unknown) => {
    throw isNotFound(error) ? missing(fullName, ownsRepository) : error;
  });
  // The provider answers an empty repository where GitHub answers 404.
  if (!found.nodeId) throw missing(fullName, ownsRepository);
  if (ownsRepository && found.private && repository.visibility === "public") {
    throw new UserError(
      `kai:repository.visibility is "public", but ${fullName} is private, and adopting it would publish it. ` +
        "Set kai:repository.visibility to private, or make the repository public on GitHub first.",
    );
  }
  return { name: found.name, nodeId: found.nodeId };
}

function missing(fullName: string, ownsRepository: boolean): UserError {
  return new UserError(
    ownsRepository
      ? `GitHub has no repository ${fullName}, or the token does not see it, but kai:repository.existing is true. ` +
          "Correct kai:repository, or set kai:repository.existing to false to have it created."
      : `GitHub has no repository ${fullName} yet, or the token does not see it. The stack with ` +
          "kai:ownsRepository makes it: run `pulumi up --stack production` first.",
  );
}

/** Login as the settings write it → GitHub's numeric id. */
export type UserIds = ReadonlyMap<string, number>;

/**
 * The ids of all users that the settings name: rulesets and environments take nothing else.
 * @throws UserError that names every login that does not exist.
 */
export async function findUsers(logins: Iterable<string>, provider: ProviderResource): Promise<UserIds> {
  const wanted = [...new Set(logins)];
  const ids = await Promise.all(wanted.map((login) => findUser(login, provider)));
  const unknown = wanted.filter((_, index) => ids[index] === undefined);
  if (unknown.length > 0) {
    throw new UserError(
      `GitHub has no user ${unknown.map((login) => `"${login}"`).join(", ")}. ` +
        "Correct the login in kai:rules.mainOwner or kai:environment.reviewers.",
    );
  }
  return new Map(wanted.map((login, index) => [login, ids[index] as number]));
}

async function findUser(username: string, provider: ProviderResource): Promise<number | undefined> {
  try {
    return Number((await getUser({ username }, { provider })).id);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * What AWS must know of the repository to trust its jobs: GitHub puts the numeric ids into a job's identity, too.
 * @throws UserError when the repository does not exist yet: its id is not known then.
 */
export async function awsTrust(settings: Settings, provider: ProviderResource): Promise<TrustArgs> {
  const { repository, environment, aws, ownsRepository } = settings;
  const { owner, name } = repository;
  const found = await getRepository({ fullName: `${owner}/${name}` }, { provider });
  if (!found.repoId) {
    throw new UserError(
      `kai:aws.credentials is "oidc", which needs the id of ${owner}/${name}, and GitHub has no such repository yet. ` +
        "Run `pulumi up` once with kai:aws.credentials set to keys, which creates it, and then with oidc.",
    );
  }
  // GitHub's own spelling: it finds names in any case, AWS compares the subject letter by letter.
  const [ownerName = owner, repositoryName = name] = found.fullName.split("/");
  return {
    owner: ownerName,
    ownerId: String((await getUser({ username: owner }, { provider })).id),
    repository: repositoryName,
    repositoryId: String(found.repoId),
    environment: environment.name,
    ...(aws.oidcProviderArn !== undefined && { providerArn: aws.oidcProviderArn }),
    createsProvider: ownsRepository,
  };
}

/** The provider's errors are text: `GET https://api.github.com/users/x: 404 Not Found []`. */
function isNotFound(error: unknown): boolean {
  return error instanceof Error && /: 404 Not Found/.test(error.message);
}
