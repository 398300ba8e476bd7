import { getRestApi } from "@pulumi/github/getRestApi.js";
import type { ProviderResource } from "@pulumi/pulumi";
import { LOOKS_ONLY, type RepositoryFacts } from "../pipeline/contradictions.ts";
import type { Settings } from "../settings.ts";

/** Most people of one answer: of more, nobody can tell from it who is missing. */
const PAGE = 100;

/** Where CODEOWNERS may lie (docs.github.com, about-code-owners). */
const CODE_OWNERS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/**
 * What the rules need to know of a repository that exists, in one request and one more for each rule that asks: whether a
 * private repository has rules, CODEOWNERS, the organization's plan for what Enterprise alone has. Also in a preview. What
 * the token may not see is left out.
 */
export async function repositoryFacts(
  { repository, rules, ownsRepository }: Pick<Settings, "repository" | "rules" | "ownsRepository">,
  provider: ProviderResource,
): Promise<RepositoryFacts> {
  if (!ownsRepository || !repository.existing || process.env[LOOKS_ONLY]) return {};
  const path = `repos/${repository.owner}/${repository.name}`;
  const isPrivate = repository.visibility === "private";
  const isAsked = {
    hasRules: isPrivate,
    hasCodeOwners: rules.codeOwners,
    plan: repository.ownerType === "organization" && (isPrivate || Object.keys(rules.patterns).length > 0),
  };
  const [people, hasRules, hasCodeOwners, plan] = await Promise.all([
    peopleOf(path, provider),
    isAsked.hasRules ? offersRules(path, provider) : undefined,
    isAsked.hasCodeOwners ? findsCodeOwners(path, provider) : undefined,
    isAsked.plan ? planOf(repository.owner, provider) : undefined,
  ]);
  return {
    ...(people && { people }),
    ...(hasRules !== undefined && { hasRules }),
    ...(hasCodeOwners !== undefined && { hasCodeOwners }),
    ...(plan !== undefined && { plan }),
  };
}

/** docs.github.com/rest/collaborators: who may see it must be able to push. */
async function peopleOf(path: string, provider: ProviderResource): Promise<RepositoryFacts["people"]> {
  const { body } = await ask(`${path}/collaborators?per_page=${PAGE}`, provider);
  const people = body as { login: string; role_name: string }[] | undefined;
  if (people === undefined || people.length === PAGE) return undefined;
  return people.map(({ login, role_name }) => ({ login, role: role_name }));
}

/** Only the plan's refusal says that there are none: "Upgrade to GitHub Pro or make this repository public". */
async function offersRules(path: string, provider: ProviderResource): Promise<boolean | undefined> {
  const { body, refusal } = await ask(`${path}/rulesets?per_page=1`, provider);
  if (body !== undefined) return true;
  return refusal !== undefined && /403 Upgrade to GitHub/.test(refusal) ? false : undefined;
}

async function findsCodeOwners(path: string, provider: ProviderResource): Promise<boolean | undefined> {
  const answers = await Promise.all(CODE_OWNERS.map((file) => ask(`${path}/contents/${file}`, provider)));
  if (answers.some(({ body }) => body !== undefined)) return true;
  return answers.every(({ refusal }) => refusal === undefined) ? false : undefined;
}

/** Only owners of the organization see it (docs.github.com/rest/orgs/orgs#get-an-organization). */
async function planOf(owner: string, provider: ProviderResource): Promise<string | undefined> {
  const { body } = await ask(`orgs/${owner}`, provider);
  return (body as { plan?: { name: string } } | undefined)?.plan?.name;
}

/** The answer's document; neither document nor refusal: there is nothing (404). */
async function ask(
  endpoint: string,
  provider: ProviderResource,
): Promise<{ body?: unknown; refusal?: string }> {
  try {
    const { code, body } = await getRestApi({ endpoint }, { provider });
    return code === 200 ? { body: JSON.parse(body) as unknown } : {};
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}
