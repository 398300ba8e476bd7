/** Changes that somebody makes by hand, ready to try. Drift must find each, and say what repairs it: the next `up`, or a hand. */
import { UserError } from "../errors.ts";
import { awsTampers } from "./aws/tampers.ts";
import type { Clouds } from "./clouds.ts";
import { databaseTampers } from "./database/tampers.ts";
import { digitaloceanTampers } from "./digitalocean/tampers.ts";
import { githubTampers } from "./github/tampers.ts";
import { unseenGitHubTampers } from "./github/unseen-tampers.ts";
import { kubernetesTampers } from "./kubernetes/tampers.ts";
import { vercelTampers } from "./vercel/tampers.ts";

/** One change by hand. */
export interface Tamper {
  /** Name on the command line, such as `github-rule-disabled`. */
  id: string;
  /** What somebody did, in one sentence. */
  title: string;
  /** Makes the change in a world where both stacks are up. */
  apply(world: TamperedWorld): void | Promise<void>;
}

/** What a change by hand may touch. */
export interface TamperedWorld {
  clouds: Clouds;
  /** Connection strings by stack. */
  databases: Record<string, string>;
}

/** Every ready change. */
export const tampers: Tamper[] = [
  ...githubTampers,
  ...unseenGitHubTampers,
  ...digitaloceanTampers,
  ...kubernetesTampers,
  ...awsTampers,
  ...vercelTampers,
  ...databaseTampers,
];

/** The change with this id. @throws UserError when there is none */
export function findTamper(id: string): Tamper {
  const tamper = tampers.find((candidate) => candidate.id === id);
  if (!tamper) throw new UserError(`There is no change "${id}". \`npm run sandbox -- tamper\` lists them.`);
  return tamper;
}

/** Makes the change with this id. @throws UserError when there is none */
export async function applyTamper(id: string, world: TamperedWorld): Promise<Tamper> {
  const tamper = findTamper(id);
  await tamper.apply(world);
  return tamper;
}
