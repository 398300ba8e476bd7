/** Asks GitHub what the engine's refresh cannot see. Reads only. */
import type { Octokit } from "@octokit/rest";
import { runInGroup } from "../../engine/process.ts";
import { UserError } from "../../errors.ts";
import type { Part } from "../../github/inventory/inventory.ts";
import { readInventory } from "../../github/inventory/read.ts";
import type { GitHubError } from "../../github/problems.ts";
import type { CheckOptions, StackReport } from "../check.ts";
import { blindSpots, type Model, PARTS, type Read, withBlindSpots, withoutBlindSpots } from "./compare.ts";
import { type DeployedGitHub, deployedOf } from "./deployed.ts";

/** Where GitHub and the model come from; both are asked for only if a stack has something on GitHub. */
export interface BlindSpotSources {
  /** @throws UserError without a token */
  github: () => Octokit;
  /** @throws UserError for a configuration that cannot be used */
  model: () => Promise<Model>;
}

/** The reports with what the engine does not see of GitHub. A stack without anything there keeps its report. */
export async function lookBeside(
  reports: StackReport[],
  options: CheckOptions,
  sources: BlindSpotSources,
): Promise<StackReport[]> {
  const deployed = await Promise.all(reports.map(({ stack }) => deployedIn(stack, options)));
  const present = deployed.filter((one) => one !== undefined);
  if (present.length === 0) return reports;
  options.onProgress?.("asks GitHub what the provider does not see");
  try {
    const model = await sources.model();
    const inventories = await readAll(sources.github(), present);
    return reports.map((report, index) => {
      const github = deployed[index];
      const inventory = github && inventories.get(placeOf(github));
      return inventory ? withBlindSpots(report, blindSpots(report.stack, github, model, inventory)) : report;
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const isHidden = (error.cause as GitHubError | undefined)?.status === 404;
    return reports.map((report, index) =>
      deployed[index] ? withoutBlindSpots(report, error.message, isHidden) : report,
    );
  }
}

function placeOf({ owner, repo }: DeployedGitHub): string {
  return `${owner}/${repo}`;
}

/** Each repository once, however many stacks have something there; all of it only for the stack that owns it. */
async function readAll(github: Octokit, deployed: readonly DeployedGitHub[]): Promise<Map<string, Read>> {
  const inventories = new Map<string, Read>();
  for (const [place, stacks] of Map.groupBy(deployed, placeOf)) {
    const [{ owner, repo }] = stacks as [DeployedGitHub];
    const isOwned = stacks.some(({ repository }) => repository);
    const parts: readonly Part[] = isOwned ? PARTS : ["environments"];
    inventories.set(place, (await readInventory(github, { owner, repo }, parts)) as Read);
  }
  return inventories;
}

/** Nothing where the state cannot be read: the engine has said why. */
async function deployedIn(stack: string, options: CheckOptions): Promise<DeployedGitHub | undefined> {
  const { directory, pulumi, env, signal } = options;
  const lines: string[] = [];
  const { code } = await runInGroup(pulumi, ["stack", "export", "--stack", stack, "--cwd", directory], {
    cwd: directory,
    env,
    ...(signal && { signal }),
    onLine: (line) => lines.push(line),
  });
  if (code !== 0) return undefined;
  // Warnings of the command line may stand around the document.
  const text = lines.slice(lines.indexOf("{"), lines.lastIndexOf("}") + 1).join("\n");
  return deployedOf(JSON.parse(text));
}
