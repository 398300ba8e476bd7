/** The documents of which a part, or all, is rendered from the model and the schema. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { isProduction } from "../../pipeline/branches.ts";
import { picture, withPicture } from "../../pipeline/picture.ts";
import { CONFIGURATION_SECRETS, parseSettings, type Settings } from "../../settings.ts";
import { readStacks } from "../../settings-files.ts";
import { configurationPage, type SectionDeclaration } from "./configuration.ts";
import { noiseTable } from "./drift-tables.ts";
import { withBlock } from "./markdown.ts";
import { rightsTable } from "./rights.ts";
import {
  classicTable,
  contradictionsTable,
  hardenedTable,
  profilesTable,
  rulesetsTable,
  scorecardTable,
} from "./rules-tables.ts";
import { branchesTable, environmentsTable, jobsTable, lintTable, pinsTable, secretsTable } from "./tables.ts";

/** Path from the project's folder → the text as it must be. */
export async function renderedDocuments(root: string): Promise<Map<string, string>> {
  const stacks = await stacksOf(root);
  const owner = stacks.find(({ ownsRepository }) => ownsRepository) ?? stacks[0];
  if (owner === undefined) throw new Error(`${root} has no stack`);
  const text = (path: string) => readFile(join(root, path), "utf8");
  const blocks: Record<string, Record<string, string>> = {
    "docs/secrets.md": { "table of the secrets": secretsTable(stacks) },
    "docs/drift.md": { "table of the noise": noiseTable() },
    "docs/doctor.md": { "table of the rights": rightsTable() },
    "docs/migrations-reference.md": { "table of the lint rules": lintTable() },
    "docs/workflows.md": { "table of the jobs": jobsTable(stacks), "table of the versions": pinsTable() },
    "docs/branch-rules.md": {
      "table of the branches": branchesTable(owner),
      "table of the rulesets": rulesetsTable(owner),
      "table of the classic rules": classicTable(owner),
      "table of the profiles": profilesTable(),
      "table of the hardened rulesets": hardenedTable(owner),
      "table of the contradictions": contradictionsTable(),
      "table of the scores": scorecardTable(owner),
      "table of the environments": environmentsTable(stacks),
    },
  };
  const documents = new Map<string, string>([
    ["README.md", withPicture(await text("README.md"), picture(stacks))],
    ["docs/configuration.md", configurationPage(await declarations(root))],
  ]);
  for (const [path, parts] of Object.entries(blocks)) {
    const rendered = Object.entries(parts).reduce(
      (document, [name, block]) => withBlock(document, name, block),
      await text(path),
    );
    documents.set(path, rendered);
  }
  return documents;
}

/** The project's stacks as a new user has them, with the secrets that are needed; production last, as a release goes. */
async function stacksOf(root: string): Promise<Settings[]> {
  const needed = CONFIGURATION_SECRETS.filter(({ neededBy }) => neededBy !== "optional");
  const secrets = Object.fromEntries(needed.map(({ key }) => [key, true]));
  const files = await readStacks(root);
  const stacks = files.map(({ stack, config }) => parseSettings(stack, { ...config, ...secrets }));
  return [...stacks.filter((stack) => !isProduction(stack)), ...stacks.filter(isProduction)];
}

async function declarations(root: string): Promise<Record<string, SectionDeclaration>> {
  const project = parse(await readFile(join(root, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, SectionDeclaration>;
  };
  return project.config;
}
