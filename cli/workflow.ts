import { mkdir, readdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Command } from "commander";
import { UserError } from "../errors.ts";
import { lockFileProblem } from "../pipeline/workflows/commands.ts";
import { compare, type FileState, firstDifference } from "../pipeline/workflows/compare.ts";
import { exitCodes } from "./exit-codes.ts";
import { checkoutOf, loadModel, readIfThere, type WorkflowModel } from "./workflow/model.ts";
import { PROPOSAL_BRANCH, type Proposal, propose } from "./workflow/propose.ts";
import {
  describeSimulation,
  type Simulated,
  simulate,
  simulateOptions,
  textOf,
} from "./workflow/simulate.ts";
import { validateWorkflows } from "./workflow/validate.ts";

interface Options {
  directory?: string;
  json?: true;
}

/** `kai workflow`: the workflow files of GitHub Actions, from the pipeline's model. */
export function workflowCommand(): Command {
  const workflow = new Command("workflow")
    .summary("write, check, propose or simulate the workflow files")
    .description(
      "deploy.yml, infrastructure.yml and drift.yml are rendered from the same model as the branch rules and the " +
        "secrets, so that they cannot disagree. The program is expected in the application's repository, in the " +
        "folder that kai:workflow.pipelineDirectory names (default: infrastructure).",
    )
    .helpCommand(false);
  for (const command of [renderCommand(), checkCommand(), proposeCommand(), simulateCommand()]) {
    workflow.addCommand(command);
  }
  return workflow;
}

function subcommand(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON");
}

function directoryOf(options: Options): string {
  return resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
}

/** Prints a result as JSON or as lines for people. */
function answer(options: Options, result: unknown, lines: readonly string[]): void {
  console.log(options.json ? JSON.stringify(result, null, 2) : lines.join("\n"));
}

interface RenderOptions extends Options {
  checkout?: string;
  out?: string;
  stdout?: true;
}

function renderCommand(): Command {
  return subcommand("render", "write the workflow files")
    .description("Writes the workflow files into the application's checkout, below .github/workflows.")
    .option("--checkout <folder>", "root of the application's checkout (default: found from this folder)")
    .option("--out <folder>", "write the files into this very folder instead")
    .option("--stdout", "print them instead")
    .addHelpText(
      "after",
      `
Examples:
  kai workflow render                       from the program's folder in the application's checkout
  kai workflow render --checkout ../kai     the checkout is somewhere else
  kai workflow render --stdout              only look`,
    )
    .action(render);
}

async function render(options: RenderOptions): Promise<void> {
  const directory = directoryOf(options);
  const model = await loadModel(directory);
  await refuseInvalid(model);
  if (options.stdout) {
    answer(
      options,
      model.files,
      model.files.map(({ path, content }) => `# ${path}\n${content}`),
    );
    return;
  }
  const checkout = options.out ? undefined : neededCheckout(model, directory, options.checkout);
  if (checkout) await refuseLockFile(model, checkout);
  const written: string[] = [];
  for (const { path, content } of model.files) {
    const target = checkout ? join(checkout, path) : join(resolve(String(options.out)), basename(path));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    written.push(target);
  }
  answer(
    options,
    { written },
    written.map((path) => `Wrote ${path}`),
  );
}

function neededCheckout(model: WorkflowModel, directory: string, named?: string): string {
  const checkout = checkoutOf(model, directory, named);
  if (checkout) return checkout;
  throw new UserError(
    `${directory} is not the folder ${model.repository.workflow.pipelineDirectory} of an application's checkout, so it is not known where the files go. Name the checkout with --checkout, a folder with --out, or set kai:workflow.pipelineDirectory.`,
  );
}

/** Workflows that install with a package manager whose lock file is not there would fail in their first job. */
async function refuseLockFile({ repository }: WorkflowModel, checkout: string): Promise<void> {
  const names = await readdir(checkout);
  if (!names.includes("package.json")) return;
  const problem = lockFileProblem(repository.workflow, (file) => names.includes(file));
  if (problem) throw new UserError(`${checkout}: ${problem}`);
}

/** A file that GitHub would refuse is never written or proposed. */
async function refuseInvalid(model: WorkflowModel): Promise<void> {
  const problems = await validateWorkflows(model.files);
  if (problems.length === 0) return;
  throw new UserError(
    `GitHub would refuse these workflow files:\n${problems.map(({ message }) => `  ${message}`).join("\n")}\nA setting that becomes part of a workflow (kai:workflow.commands, kai:sites, kai:services) is the likely cause.`,
  );
}

interface CheckOptions extends Options {
  checkout?: string;
}

function checkCommand(): Command {
  return subcommand("check", "compare the files of a checkout with the model")
    .description(
      "Reads the rendered files with GitHub's own parser, compares the secrets they read with those that the " +
        "pipeline provides, and compares the files of the application's checkout with them. Without a checkout, " +
        "the first two only.",
    )
    .option("--checkout <folder>", "root of the application's checkout (default: found from this folder)")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} the files are as the model says, ${exitCodes.failure} they are not

Examples:
  kai workflow check
  kai workflow check --checkout ../kai --json`,
    )
    .action(check);
}

interface CheckedFile {
  path: string;
  state: FileState | "not compared";
  /** First line that differs. */
  line?: number;
}

async function check(options: CheckOptions): Promise<void> {
  const directory = directoryOf(options);
  const model = await loadModel(directory);
  await refuseInvalid(model);
  const checkout = checkoutOf(model, directory, options.checkout);
  if (checkout) await refuseLockFile(model, checkout);
  const files: CheckedFile[] = [];
  for (const file of model.files) {
    const present = checkout && (await readIfThere(join(checkout, file.path)));
    const state = checkout ? compare(file, present) : "not compared";
    const line = state === "differs" && present ? { line: firstDifference(file, present) } : {};
    files.push({ path: file.path, state, ...line });
  }
  const isCurrent = files.every(({ state }) => state === "same" || state === "not compared");
  answer(options, { outcome: isCurrent ? "ok" : "differs", checkout: checkout ?? null, files }, [
    "GitHub's parser accepts the workflows, and every secret they read is provided.",
    ...files.map(describeFile),
    ...(isCurrent ? [] : ["Run `kai workflow render` or `kai workflow propose`."]),
  ]);
  if (!isCurrent) process.exitCode = exitCodes.failure;
}

function describeFile({ path, state, line }: CheckedFile): string {
  if (state === "same") return `${path} is as the model says.`;
  if (state === "missing") return `${path} is missing.`;
  if (state === "differs") return `${path} differs from the model, first in line ${line}.`;
  return `${path} was not compared: this folder is not part of an application's checkout (name it with --checkout).`;
}

interface ProposeOptions extends Options {
  base?: string;
  dryRun?: true;
}

function proposeCommand(): Command {
  return subcommand("propose", "open or update a pull request with the files")
    .description(
      `Commits the files to the branch ${PROPOSAL_BRANCH} of the application's repository and opens a pull request, ` +
        "or updates the open one. The branch is never forced: commits of others stay. GITHUB_TOKEN must be set; " +
        "GITHUB_API_URL or GITHUB_BASE_URL names another GitHub.",
    )
    .option("--base <branch>", "branch that the pull request is for (default: kai:branches.development)")
    .option("--dry-run", "say what would happen; change nothing")
    .addHelpText(
      "after",
      `
Examples:
  kai workflow propose --dry-run
  kai workflow propose --base main          the repository has no development branch yet`,
    )
    .action(proposeFiles);
}

async function proposeFiles(options: ProposeOptions): Promise<void> {
  const model = await loadModel(directoryOf(options));
  await refuseInvalid(model);
  const { repository, branches } = model.repository;
  const target = {
    owner: repository.owner,
    repo: repository.name,
    base: options.base ?? branches.development,
  };
  // Octokit alone takes as long as rendering; no other subcommand waits for it.
  const { githubClient } = await import("../github/client.ts");
  const result = await propose(githubClient(process.env), target, model.files, {
    dryRun: options.dryRun === true,
  });
  answer(options, result, describeProposal(result, `${target.owner}/${target.repo}`));
}

function describeProposal(result: Proposal, repository: string): string[] {
  const sentences: Record<Proposal["action"], string> = {
    none: `${result.base} of ${repository} already holds these files; there is nothing to propose.`,
    opened: `Opened ${result.url}`,
    updated: `Updated ${result.url}`,
    "would-open": `Would open a pull request of ${repository} from ${result.branch} to ${result.base}.`,
    "would-update": `Would update ${result.url}`,
  };
  const changed = result.files.filter(({ state }) => state !== "same");
  return [
    sentences[result.action],
    ...changed.map(({ path, state }) => `  ${path} (${state === "missing" ? "new" : "changed"})`),
  ];
}

interface SimulateOptions extends Options, Omit<Simulated, "branch"> {
  branch?: string;
  file?: string;
}

function simulateCommand(): Command {
  const command = subcommand("simulate", "show which jobs would run, and why")
    .description(
      "Shows for an event which jobs and steps would run, by GitHub's own expression engine, with the terms of each " +
        "condition that decide and their values. Nothing is run.",
    )
    .addHelpText(
      "after",
      `
Examples:
  kai workflow simulate --branch staging
  kai workflow simulate --event pull_request --branch main --fork
  kai workflow simulate --branch main --result "deploy-production/Run smoke tests=failure"
  kai workflow simulate --event workflow_dispatch --file .github/workflows/other.yml`,
    )
    .action(simulateEvent);
  for (const option of simulateOptions) command.addOption(option);
  return command;
}

async function simulateEvent(options: SimulateOptions): Promise<void> {
  const { stacks, repository, files } = await loadModel(directoryOf(options));
  const texts = options.file ? [await textOf(options.file)] : files;
  const branch = options.branch ?? repository.branches.production;
  const workflows = await simulate(texts, stacks, { ...options, branch });
  answer(options, workflows, describeSimulation(workflows));
}
