/** Asks GitHub what the engine's refresh cannot see. Reads only. */
import type { Octokit } from "@octokit/rest";
import { UserError } from "../../errors.ts";
import type { Part } from "../../github/inventory/inventory.ts";
import { readInventory } from "../../github/inventory/read.ts";
import type { GitHubError } from "../../github/problems.ts";
import { readToken } from "../../github/token.ts";
import type { CheckOptions, StackReport } from "../check.ts";
import { expiring } from "../credentials.ts";
import { exportState } from "../state.ts";
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
    const client = sources.github();
    const inventories = await readAll(client, present);
    const { expires } = await readToken(client);
    return reports.map((report, index) => {
      const github = deployed[index];
      const inventory = github && inventories.get(placeOf(github));
      if (!inventory) return report;
      const spots = blindSpots(report.stack, github, model, inventory);
      const ending = expires === undefined ? [] : expiring(github.provider, expires, new Date());
      return withBlindSpots(report, { ...spots, findings: [...spots.findings, ...ending] });
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

async function deployedIn(stack: string, options: CheckOptions): Promise<DeployedGitHub | undefined> {
  const state = await exportState(stack, options);
  return state && deployedOf(state);
}
