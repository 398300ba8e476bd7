/** May somebody do something? Answered from the live rules; nothing is changed. */
import type { Octokit } from "@octokit/rest";
import type { Actor } from "../decisions/actor.ts";
import type { InventoryOf, Part } from "../inventory/inventory.ts";
import { readInventory, type Target } from "../inventory/read.ts";
import { readToken } from "../token.ts";
import { type Action, type Answer, answerOf, type Question, type Reason } from "./answer.ts";
import { canDelete, canMerge, canPush } from "./branches.ts";
import { canDeploy, type Ways } from "./environments.ts";
import { findActor } from "./people.ts";
import { canMergePull } from "./pull.ts";
import { canReadSecret } from "./secrets.ts";

const PARTS = ["branches", "rulesets", "classicRules", "collaborators", "actions"] as const satisfies Part[];

interface Asked {
  github: Octokit;
  target: Target;
  live: InventoryOf<(typeof PARTS)[number]>;
  actor: Actor;
  name: string;
}

const JUDGES: Record<Action, (asked: Asked) => Reason[] | Promise<Ways | Reason[]>> = {
  push: ({ live, name, actor }) => canPush(live, name, actor),
  delete: ({ github, target, live, name, actor }) => canDelete(github, target, live, name, actor),
  merge: ({ github, target, live, name, actor }) => {
    const number = /^#(\d+)$/.exec(name)?.[1];
    return number ? canMergePull(github, target, live, Number(number), actor) : canMerge(live, name, actor);
  },
  deploy: async ({ github, target, live, name, actor }) => {
    const more = await readInventory(github, target, ["environments"]);
    return canDeploy({ ...live, ...more }, name, actor);
  },
  "read-secret": async ({ github, target, live, name, actor }) => {
    const more = await readInventory(github, target, ["environments", "secrets"]);
    return canReadSecret({ ...live, ...more }, name, actor);
  },
};

/**
 * @throws UserError for a user, branch, environment or secret that is not there, and as `readInventory` does
 */
export async function can(github: Octokit, target: Target, question: Question): Promise<Answer> {
  const live = await readInventory(github, target, PARTS);
  const { login } = await readToken(github);
  const { actor, standing } = await findActor(github, live, question.user, login);
  const judged = await JUDGES[question.action]({ github, target, live, actor, name: question.target });
  const { reasons, from } = Array.isArray(judged) ? { reasons: judged, from: undefined } : judged;
  return answerOf(question, [standing, ...archived(live.repository.archived), ...reasons], from);
}

/** docs.github.com/repositories/archiving-a-github-repository */
function archived(is: boolean): Reason[] {
  if (!is) return [];
  const text = "The repository is archived, so nobody can change anything in it.";
  return [
    {
      verdict: "forbids",
      text,
      origin: { kind: "repository", name: "archived" },
      remedy: "An administrator can unarchive it.",
    },
  ];
}
