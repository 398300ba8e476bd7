import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import type { Octokit } from "@octokit/rest";
import { Argument, Command } from "commander";
import { findEngine } from "../../engine/find-engine.ts";
import { untilInterrupted } from "../../engine/process.ts";
import { type Progress, showProgress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { type ClassicRemoval, judgeClassic } from "../../github/adoption/classic.ts";
import { fittingSettings } from "../../github/adoption/fit.ts";
import { planAdoption } from "../../github/adoption/plan.ts";
import { ADOPTION_PARTS, type Present, presentOf } from "../../github/adoption/present.ts";
import {
  type AdoptionReport,
  describeAdoption,
  describeRemovals,
  type FileEdit,
  isAdopted,
} from "../../github/adoption/report.ts";
import { githubClient } from "../../github/client.ts";
import { readInventory, type Target } from "../../github/inventory/read.ts";
import { branches } from "../../pipeline/branches.ts";
import { renderWorkflows } from "../../pipeline/workflows/render.ts";
import type { Settings } from "../../settings.ts";
import { exitCodes } from "../exit-codes.ts";
import { ProjectFiles } from "./project-files.ts";
import { namesInState } from "./state.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Options {
  directory?: string;
  write?: true;
  acceptWeaker?: true;
  removeClassic?: true;
  json?: true;
}

/** `kai adopt`: takes over a repository that is there. */
export function adoptCommand(): Command {
  return new Command("adopt")
    .summary("take over a repository that exists")
    .description(
      "Reads a repository on GitHub and shows what `pulumi up` would change, keep and weaken in it. With --write it " +
        "writes the configuration that fits the repository and the imports of what is there into the project's files; " +
        "the first `up` after it changes only what was shown. On GitHub it changes nothing but, with " +
        "--remove-classic, classic rules whose every demand the live rulesets make.",
    )
    .addArgument(
      new Argument("[repository]", "OWNER/NAME (default: the one of kai:repository)").argParser(targetOf),
    )
    .option("--write", "write the files; with --remove-classic, remove the rules")
    .option("--accept-weaker", "go on although something would protect less than now")
    .option("--remove-classic", "after `up`: remove classic rules that the rulesets make superfluous")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON, see docs/adoption.md")
    .addHelpText(
      "after",
      `
GITHUB_TOKEN must be set; GITHUB_API_URL or GITHUB_BASE_URL names another GitHub.

Exit codes: ${exitCodes.ok} adopted, or nothing is in the way, ${exitCodes.failure} something is in the way, or would be weaker

Examples:
  kai adopt octo-org/shop                  look
  kai adopt octo-org/shop --write          write the configuration and the imports
  kai adopt --remove-classic               which classic rules can go after the up
  kai adopt --remove-classic --write       remove them`,
    )
    .action(adopt);
}

function targetOf(text: string): Target {
  const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(text) ?? [];
  if (owner && repo) return { owner, repo };
  throw new UserError(`"${text}" is no repository; write OWNER/NAME, for example octo-org/shop.`, {
    exitCode: exitCodes.usage,
  });
}

async function adopt(target: Target | undefined, options: Options): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const files = await ProjectFiles.open(directory);
  const { owner, repo } = target ?? configuredTarget(files, directory);
  const github = githubClient(process.env);
  const progress = showProgress(process.stderr);
  const present = await progress.step(`Read ${owner}/${repo}`, () => read(github, { owner, repo }));
  if (options.removeClassic) await removeClassic(github, present, files, options);
  else await takeOver(github, present, files, { ...options, directory, progress });
}

async function read(github: Octokit, target: Target): Promise<Present> {
  return presentOf(await readInventory(github, target, ADOPTION_PARTS));
}

function configuredTarget(files: ProjectFiles, directory: string): Target {
  for (const { config } of files.stacks()) {
    const { owner, name } = (config.repository ?? {}) as { owner?: string; name?: string };
    if (owner && name) return { owner, repo: name };
  }
  throw new UserError(
    `No stack in ${directory} names a repository. Write the command with one, for example \`kai adopt octo-org/shop\`, or run it in the project's folder.`,
  );
}

interface TakeOverOptions extends Options {
  directory: string;
  progress: Progress;
}

async function takeOver(
  github: Octokit,
  present: Present,
  files: ProjectFiles,
  options: TakeOverOptions,
): Promise<void> {
  const configuration = fit(present, files);
  const stacks = files.settings();
  const states = await readStates(stacks, options);
  const ids = await idsOf(github, present, stacks);
  const planned = stacks.map((settings) => ({
    settings,
    inState: states.get(settings.stack) ?? new Set<string>(),
  }));
  const plan = planAdoption(present, planned, ids, renderWorkflows(stacks));
  const settled: Record<string, string[]> = {};
  for (const { stack, imports } of plan.stacks) {
    const present = Object.keys(stacks.find((one) => one.stack === stack)?.adopt ?? {});
    settled[stack] = present.filter((name) => states.get(stack)?.has(name));
    files.adopt(stack, imports, settled[stack]);
  }
  const isInTheWay = plan.problems.length > 0 || (plan.losses.length > 0 && !options.acceptWeaker);
  const report: AdoptionReport = {
    ...plan,
    configuration,
    settled,
    classicRules: classicBesides(present, stacks),
    written: options.write && !isInTheWay ? await files.write() : [],
  };
  console.log(
    options.json ? JSON.stringify(report, null, 2) : describeAdoption(report, paintOf(process.stdout)),
  );
  if (!options.json) console.error(nextStep(report, options, isInTheWay));
  if (isInTheWay) process.exitCode = exitCodes.failure;
}

/** Brings the files, in memory, to what fits. A default that the stacks share is one change. */
function fit(present: Present, files: ProjectFiles): FileEdit[] {
  const edits = files.stacks().flatMap((stack) => fittingSettings(present, stack));
  const found = new Map<string, FileEdit>();
  for (const edit of edits) {
    const { stack: _, ...change } = edit;
    const file = files.set(edit);
    found.set(`${file} ${change.section}.${change.field}`, { file, ...change });
  }
  return [...found.values()];
}

async function readStates(
  stacks: readonly Settings[],
  { directory, progress }: TakeOverOptions,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const engine = await findEngine({ root, progress });
  return progress.step("Read the states of the stacks", () =>
    untilInterrupted(async ({ signal }) => {
      const states = new Map<string, ReadonlySet<string>>();
      for (const { stack } of stacks) {
        const names = await namesInState(stack, { directory, engine, root, signal });
        if (names) states.set(stack, names);
        else
          progress.note(`  ${stack}: no state can be read, so nothing is taken for made by an earlier up.`);
      }
      return states;
    }),
  );
}

/** The ids of all people that the settings name. */
async function idsOf(
  github: Octokit,
  { collaborators, repository }: Present,
  stacks: readonly Settings[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map([repository.owner, ...collaborators].map(({ login, id }) => [login.toLowerCase(), id]));
  const named = stacks.flatMap(({ rules, environment }) => [rules.mainOwner, ...environment.reviewers]);
  for (const login of new Set(named.map((one) => one.toLowerCase()))) {
    if (ids.has(login)) continue;
    const id = await idOf(github, login);
    if (id !== undefined) ids.set(login, id);
  }
  return ids;
}

async function idOf(github: Octokit, username: string): Promise<number | undefined> {
  try {
    return (await github.users.getByUsername({ username })).data.id;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

/** Patterns of the classic rules of our branches, where rulesets are to do their work. */
function classicBesides({ classicRules }: Present, stacks: readonly Settings[]): string[] {
  const owner = stacks.find(({ ownsRepository }) => ownsRepository);
  if (owner?.rules.kind !== "rulesets") return [];
  const own = branches(owner).map(({ name }) => name);
  return classicRules.map(({ pattern }) => pattern).filter((pattern) => own.includes(pattern));
}

function paintOf(stream: NodeJS.WriteStream) {
  return (style: "bold" | "yellow" | "red", text: string) => styleText(style, text, { stream });
}

/** What to type next. */
function nextStep(report: AdoptionReport, { write }: Options, isInTheWay: boolean): string {
  if (report.problems.length > 0) return "\nNothing was written. Mend what is in the way, and run it again.";
  if (isInTheWay) {
    return "\nNothing was written. Something would be weaker than now: change the configuration, or add --accept-weaker.";
  }
  if (isAdopted(report)) return "";
  const ups = report.stacks.map(({ stack }) => `  pulumi up --stack ${stack}`).join("\n");
  if (!write) return "\nNothing was written. Add --write to have it written.";
  return `\nWrote ${report.written.join(", ") || "nothing: the files say it already"}. Now:\n${ups}`;
}

async function removeClassic(
  github: Octokit,
  present: Present,
  files: ProjectFiles,
  options: Options,
): Promise<void> {
  const stacks = files.settings();
  const settings = stacks.find(({ ownsRepository }) => ownsRepository);
  if (settings?.rules.kind !== "rulesets") {
    throw new UserError(
      "kai:rules.kind is classic, so the classic rules are the pipeline's own. Write `kind: rulesets` and run `pulumi up` first.",
    );
  }
  const ids = await idsOf(github, present, stacks);
  const judge = (now: Present) => judgeClassic(now, settings, ids);
  const mayGo = ({ losses, obstacle }: ClassicRemoval) =>
    obstacle === undefined && (losses.length === 0 || options.acceptWeaker === true);
  const judged = judge(present);
  const removed: string[] = [];
  for (const { rule } of options.write ? judged.filter(mayGo) : []) {
    // Somebody may have changed a ruleset meanwhile: the last look is right before the rule goes.
    const target = { owner: present.repository.owner.login, repo: present.repository.name };
    const now = judge(await read(github, target)).find((one) => one.rule.id === rule.id);
    if (!now || !mayGo(now)) continue;
    await github.graphql(
      "mutation($id: ID!) { deleteBranchProtectionRule(input: { branchProtectionRuleId: $id }) { clientMutationId } }",
      { id: rule.id },
    );
    removed.push(rule.pattern);
  }
  answerRemovals(judged, removed, options);
}

function answerRemovals(
  judged: readonly ClassicRemoval[],
  removed: readonly string[],
  options: Options,
): void {
  const rules = judged.map(({ rule, losses, obstacle }) => ({ pattern: rule.pattern, losses, obstacle }));
  console.log(options.json ? JSON.stringify({ rules, removed }, null, 2) : describeRemovals(judged, removed));
  const stays = judged.some(
    ({ rule, obstacle }) => !obstacle && options.write && !removed.includes(rule.pattern),
  );
  if (stays) process.exitCode = exitCodes.failure;
}
