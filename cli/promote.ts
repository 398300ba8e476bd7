import { resolve } from "node:path";
import { styleText } from "node:util";
import { Command, InvalidArgumentError } from "commander";
import { plain } from "../drift/report.ts";
import { showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { githubClient } from "../github/client.ts";
import { type Condition, short, type Wish } from "../github/promotion/condition.ts";
import { type Promotion, promote } from "../github/promotion/promote.ts";
import { IMAGES, requiredChecks } from "../pipeline/jobs.ts";
import type { Settings } from "../settings.ts";
import { exitCodes } from "./exit-codes.ts";
import { loadProject, type Project } from "./project.ts";

interface Options {
  commit?: string;
  dryRun?: true;
  directory?: string;
  json?: true;
}

/** `kai promote`: moves production's branch to the very commit that staging runs. */
export function promoteCommand(): Command {
  return new Command("promote")
    .summary("move production's branch to the commit that staging runs")
    .description(
      "Checks that the commit can be moved to without losing any, that its checks are green, that its deployment " +
        "succeeded and is what runs, that people approved, and that the rules let the token's user do it; then moves " +
        "the branch forward, never by force. One commit and its images run everywhere. GITHUB_TOKEN must be set, and " +
        "not to a job's own token: what that pushes starts no workflow.",
    )
    .argument("<from>", "the stack or environment that runs the commit")
    .argument("<to>", "the stack or environment that is to get it")
    .option("--commit <sha>", "a commit that was deployed there, instead of the branch's newest", commitId)
    .option("--dry-run", "say what holds and what does not; change nothing")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON, see docs/promotion.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} moved, there already, or could be moved; ${exitCodes.refused} a condition does not hold; ${exitCodes.failure} GitHub refused, or somebody was faster

Examples:
  kai promote staging production --dry-run
  kai promote staging production
  kai promote staging production --commit 1a2b3c4d`,
    )
    .action(run);
}

/** A branch or a tag would be another commit tomorrow. */
function commitId(text: string): string {
  if (/^[0-9a-f]{4,64}$/i.test(text)) return text;
  throw new InvalidArgumentError("It must be the id of a commit, in full or its beginning.");
}

async function run(from: string, to: string, options: Options): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const project = await loadProject(directory);
  const wish = wishOf(project, { from, to, ...(options.commit !== undefined && { commit: options.commit }) });
  const github = githubClient(process.env);
  const { owner, name: repo } = project.repository.repository;
  const found = await showProgress(process.stderr).step(
    `${options.dryRun ? "Look at" : "Promote"} ${wish.from.branch} → ${wish.to.branch} of ${owner}/${repo}`,
    (tell) => promote(github, { owner, repo }, wish, { dryRun: options.dryRun === true, tell }),
  );
  console.log(
    options.json ? JSON.stringify({ ...wish, ...found }, null, 2) : describe(wish, found).join("\n"),
  );
  if (found.outcome === "refused") process.exitCode = exitCodes.refused;
}

/** @throws UserError for a name that no stack has, and for twice the same branch */
function wishOf(project: Project, named: { from: string; to: string; commit?: string }): Wish {
  const [from, to] = [stackNamed(project, named.from), stackNamed(project, named.to)];
  if (from.environment.branch === to.environment.branch) {
    throw new UserError(`${named.from} and ${named.to} are both deployed from ${to.environment.branch}.`);
  }
  const hasImages = to.clouds.digitalocean && to.services.length > 0;
  return {
    from: { environment: from.environment.name, branch: from.environment.branch },
    to: { environment: to.environment.name, branch: to.environment.branch },
    ...(named.commit !== undefined && { commit: named.commit }),
    checks: requiredChecks(),
    ...(hasImages && { imagesJob: IMAGES.name }),
    stack: project.repository.stack,
  };
}

function stackNamed({ stacks }: Project, name: string): Settings {
  const found = stacks.find(({ stack, environment }) => stack === name || environment.name === name);
  if (found) return found;
  const known = stacks.map(({ stack }) => stack).join(", ");
  throw new UserError(`There is no stack and no environment "${name}". There are: ${known}.`, {
    exitCode: exitCodes.usage,
  });
}

const MARKS = { holds: ["✔", "green"], fails: ["✖", "red"], unknown: ["?", "yellow"] } as const;

function describe({ from, to }: Wish, { outcome, sha, before, conditions, run }: Promotion): string[] {
  const started = run
    ? `Its workflow runs: ${run}`
    : `GitHub lists no workflow run of it yet: gh run list --commit ${sha}`;
  const endings: Record<Promotion["outcome"], string[]> = {
    promoted: [
      `${to.branch} moved from ${short(before)} to ${sha}, the commit that ${from.environment} runs.`,
      started,
    ],
    "would promote": [`${to.branch} would move from ${short(before)} to ${sha}.`],
    refused: [`${to.branch} stays at ${short(before)}.`],
    "already there": [`${to.branch} has ${sha} already; there is nothing to promote.`],
  };
  return [...conditions.flatMap(describeCondition), ...endings[outcome]];
}

function describeCondition({ state, text, remedy }: Condition): string[] {
  const [mark, colour] = MARKS[state];
  const lines = [`${styleText(colour, mark, { stream: process.stdout })} ${plain(text)}`];
  return remedy === undefined ? lines : [...lines, `    ${plain(remedy)}`];
}
