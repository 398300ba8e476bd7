/** Secrets that nothing reads, and reads that nothing provides. */
import { isMap, parseDocument } from "yaml";
import { environments } from "../../pipeline/branches.ts";
import { secretsIn } from "../../pipeline/secrets.ts";
import type { Settings } from "../../settings.ts";
import type { DoctorFacts } from "./facts.ts";
import { error, type Found, note, unchecked, warning } from "./finding.ts";

/** What the model wants and GitHub does not have: somebody deleted it, or the stack was not reconciled yet. */
export function checkProvided(facts: DoctorFacts): Found[] {
  return facts.stacks.filter(({ clouds }) => clouds.github).flatMap((settings) => missingOf(settings, facts));
}

function missingOf(settings: Settings, { inventory }: DoctorFacts): Found[] {
  if (!inventory.environments.seen) return [unchecked(`Environments: ${inventory.environments.reason}`)];
  const there = new Map(inventory.environments.value.map((environment) => [environment.name, environment]));
  const own = environments(settings);
  if (!own.some(({ name }) => there.has(name))) {
    return [
      note(`Nothing of the stack ${settings.stack} is on GitHub yet.`, `pulumi up --stack ${settings.stack}`),
    ];
  }
  const places = [
    ...own.map(({ name }) => ({ name, secrets: there.get(name)?.secrets })),
    ...(settings.ownsRepository ? [{ name: undefined, secrets: inventory.secrets }] : []),
  ];
  const remedy = `pulumi up --refresh --stack ${settings.stack}`;
  return places.flatMap(({ name, secrets }) => {
    const at = name === undefined ? "the repository" : `the environment ${name}`;
    if (secrets === undefined)
      return [error(`There is no environment ${name}, which ${settings.stack} owns.`, remedy)];
    if (!secrets.seen) return [unchecked(`The secrets of ${at}: ${secrets.reason}`)];
    const names = new Set(secrets.value.map((secret) => secret.name));
    return secretsIn(settings, name)
      .filter((row) => !names.has(row.name))
      .map((row) => error(`The secret ${row.name} is missing in ${at}.`, remedy));
  });
}

/** What GitHub has and neither the model's nor any other workflow file of the default branch reads. */
export function checkUnread({ files, inventory }: DoctorFacts): Found[] {
  const { workflowFiles, repository } = inventory;
  if (!files || !workflowFiles.seen || !inventory.environments.seen || !inventory.secrets.seen) return [];
  // The model's files are those of all stacks, whichever are looked at.
  const read = new Set([...files, ...workflowFiles.value].flatMap(({ content }) => readsIn(content)));
  if (workflowFiles.value.some(({ content }) => READS_ALL.test(content))) return [];
  const places = [
    { name: undefined, secrets: inventory.secrets },
    ...inventory.environments.value.map(({ name, secrets }) => ({ name, secrets })),
  ];
  return places.flatMap(({ name, secrets }) =>
    (secrets.seen ? secrets.value : [])
      .filter((secret) => !read.has(secret.name))
      .map((secret) =>
        warning(
          `No workflow file of ${repository.default_branch} reads the secret ${secret.name} of ${name === undefined ? "the repository" : `the environment ${name}`}.`,
          `gh secret delete ${secret.name} --repo ${repository.full_name}${name === undefined ? "" : ` --env ${shellWord(name)}`}`,
        ),
      ),
  );
}

/** What a workflow file on the default branch reads and no scope has: it is empty there, without an error. */
export function checkUnprovided({ files, inventory }: DoctorFacts): Found[] {
  const { workflowFiles, secrets, repository } = inventory;
  if (!files || !workflowFiles.seen || !inventory.environments.seen || !secrets.seen) return [];
  const scopes = [secrets, ...inventory.environments.value.map((environment) => environment.secrets)];
  if (!scopes.every((scope) => scope.seen)) return [];
  const there = new Set(scopes.flatMap((scope) => scope.value.map(({ name }) => name)));
  // What the model's files read has its own check, and an optional secret may be absent.
  const ours = new Set(files.flatMap(({ content }) => readsIn(content)));
  const isForeign = (name: string) => name !== "GITHUB_TOKEN" && !there.has(name) && !ours.has(name);
  return workflowFiles.value.flatMap(({ path, content }) =>
    [...new Set(readsIn(content))]
      .filter(isForeign)
      .map((name) =>
        warning(
          `${path} reads the secret ${name}, which neither the repository nor any environment has${repository.owner.type === "Organization" ? " (the organization may)" : ""}.`,
          `gh secret set ${name} --repo ${repository.full_name}`,
        ),
      ),
  );
}

/** Hands all secrets to another workflow (`secrets: inherit`) or a step (`toJSON(secrets)`), or reads one by a computed name. */
const READS_ALL = /\bsecrets:\s*inherit\b|\(\s*secrets\s*\)|(?<![.\w-])secrets\[(?!['"])/i;

/** Names that a workflow file reads, without those that its callers hand it. They are upper case in GitHub's answers. */
function readsIn(content: string): string[] {
  // Not `steps.secrets.outputs`, and no comment.
  const reads = content
    .replaceAll(/(^|\s)#.*$/gm, "")
    .matchAll(/(?<![.\w-])secrets(?:\.|\[['"])([A-Za-z_]\w*)/g);
  const handed = new Set(handedTo(content));
  return [...reads].map(([, name = ""]) => name.toUpperCase()).filter((name) => !handed.has(name));
}

/** Names of the secrets that the callers of a reusable workflow hand it. */
function handedTo(content: string): string[] {
  const handed = parseDocument(content).getIn(["on", "workflow_call", "secrets"]);
  return isMap(handed) ? handed.items.map(({ key }) => String(key).toUpperCase()) : [];
}

/** A word of a command for a shell. */
function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
