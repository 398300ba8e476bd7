/** The plan of a repository in a simulated GitHub, without files and without an engine. */
import { type Edit, fittingSettings } from "../../../github/adoption/fit.ts";
import { type AdoptionPlan, planAdoption } from "../../../github/adoption/plan.ts";
import { ADOPTION_PARTS, type Present, presentOf } from "../../../github/adoption/present.ts";
import { readInventory } from "../../../github/inventory/read.ts";
import type { WorkflowFile } from "../../../pipeline/workflows/render.ts";
import type { RepositoryRecord } from "../../../sandbox/github/store.ts";
import { parseSettings, type Settings } from "../../../settings.ts";
import type { Served } from "../../sandbox/github/support.ts";
import { changed, kaiConfig } from "../../settings/kai.ts";

/** Nothing but GitHub. */
export const GITHUB_ALONE = {
  "clouds.digitalocean": false,
  "clouds.aws": false,
  "clouds.vercel": false,
  "clouds.database": false,
  sites: [],
  services: [],
};

export interface Planned {
  present: Present;
  edits: Edit[];
  settings: Settings[];
  ids: ReadonlyMap<string, number>;
  plan: AdoptionPlan;
}

/** @param changes of the configuration before the repository is looked at */
export async function planned(
  on: Served,
  { repository }: RepositoryRecord,
  changes: Record<string, unknown> = {},
  files: readonly WorkflowFile[] = [],
): Promise<Planned> {
  const target = { owner: repository.owner.login, repo: repository.name };
  const present = presentOf(await readInventory(on.as(), target, ADOPTION_PARTS));
  const configs = await Promise.all(
    (["production", "staging"] as const).map(async (stack) => ({
      stack,
      config: changed(await kaiConfig(stack), { ...GITHUB_ALONE, ...changes }),
    })),
  );
  const edits = configs.flatMap((one) => fittingSettings(present, one));
  const settings = configs.map(({ stack, config }) => {
    const own = edits.filter((edit) => edit.stack === stack);
    return parseSettings(
      stack,
      changed(config, Object.fromEntries(own.map(({ section, field, to }) => [`${section}.${field}`, to]))),
    );
  });
  const accounts = Object.values(on.world.store.data.accounts);
  const ids = new Map(accounts.map(({ login, id }) => [login.toLowerCase(), id]));
  const stacks = settings.map((one) => ({ settings: one, inState: new Set<string>() }));
  return { present, edits, settings, ids, plan: planAdoption(present, stacks, ids, files) };
}
