/** Deployments, and secrets, which are read by deploying or by any workflow. */
import { UserError } from "../../errors.ts";
import type { Actor } from "../decisions/actor.ts";
import { type DeploymentDecision, decideDeployment } from "../decisions/deployment.ts";
import type { EnvironmentFacts, InventoryOf } from "../inventory/inventory.ts";
import type { Origin, Reason } from "./answer.ts";
import { type Branches, branchNames } from "./branches.ts";
import { ruledOf, unseenRules } from "./demands.ts";
import { reachOf } from "./reach.ts";

/** What is asked of a repository for a question about environments. */
export type Deployable = Branches & InventoryOf<"environments">;

/** An answer's reasons, and the refs whose jobs get there. */
export interface Ways {
  reasons: Reason[];
  from: string[];
}

/** Whoever may write can start a workflow on any branch; what else stands before the environment. */
export function canDeploy(repository: Deployable, name: string, actor: Actor): Ways {
  const { environments } = repository;
  if (!environments.seen) {
    return { reasons: [unseen(`Environments cannot be seen: ${environments.reason}`)], from: [] };
  }
  const environment = environments.value.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!environment) {
    const known = environments.value.map((one) => one.name).join(", ") || "none";
    throw new UserError(`There is no environment "${name}". There are: ${known}.`);
  }
  const from = branchNames(repository.branches).filter((branch) =>
    isAdmitted(repository, environment, `refs/heads/${branch}`),
  );
  const reasons = [
    ...unseenPolicies(repository, environment),
    { ...admission(environment, from), ...restsOnRulesets(repository, environment) },
    ...waits(environment, actor),
    ...from.map((branch) => changeOf(repository, branch, actor)),
  ];
  return { reasons, from };
}

/** @param ref in full */
export function isAdmitted(repository: Deployable, environment: EnvironmentFacts, ref: string): boolean {
  return decisionFor(repository, environment, ref).refused === undefined;
}

function decisionFor(repository: Deployable, environment: EnvironmentFacts, ref: string): DeploymentDecision {
  const { branch_policies: policies } = environment;
  const rules = { ...environment, branch_policies: policies.seen ? policies.value : [] };
  return decideDeployment(ruledOf(repository), rules, ref);
}

function unseen(text: string): Reason {
  return { verdict: "unseen", text };
}

/** What the branch policy may say and the token does not show. */
export function unseenPolicies(repository: Deployable, environment: EnvironmentFacts): Reason[] {
  const { branch_policies: policies, deployment_branch_policy: policy, name } = environment;
  if (policy?.protected_branches) return unseenRules(repository, "refs/heads/");
  if (policies.seen || !policy) return [];
  return [unseen(`Which branches may use ${name} cannot be seen: ${policies.reason}`)];
}

export function originOf({ name }: EnvironmentFacts): Origin {
  return { kind: "environment", name };
}

function admission(environment: EnvironmentFacts, from: readonly string[]): Reason {
  const origin = originOf(environment);
  if (from.length > 0)
    return { verdict: "allows", text: `Jobs of ${from.join(", ")} may deploy there.`, origin };
  const text = `No branch that exists may deploy to ${environment.name}.`;
  if (!environment.branch_policies.seen) return unseen(text);
  return {
    verdict: "forbids",
    text,
    origin,
    remedy: "An administrator can add a branch to the environment.",
  };
}

/** The entry of `open.ts` on which it rests who may deploy. */
export function restsOnRulesets(
  { rulesets }: Deployable,
  { deployment_branch_policy: policy }: EnvironmentFacts,
): Pick<Reason, "open"> {
  const isOpen = policy?.protected_branches === true && rulesets.seen && rulesets.value.length > 0;
  return isOpen ? { open: "protected-by-rulesets" } : {};
}

/** Approvals and timers that a job waits for. */
export function waits(environment: EnvironmentFacts, actor: Actor): Reason[] {
  const origin = originOf(environment);
  return environment.protection_rules.flatMap((rule): Reason[] => {
    if (rule.type === "wait_timer" && rule.wait_timer > 0) {
      return [
        { verdict: "needs", text: `The job waits for ${rule.wait_timer} minutes.`, rule: rule.type, origin },
      ];
    }
    if (rule.type !== "required_reviewers") return [];
    const names = rule.reviewers.map(
      ({ reviewer }) => reviewer.login ?? reviewer.slug ?? String(reviewer.id),
    );
    const isReviewer = rule.reviewers.some(({ reviewer }) => reviewer.login === actor.login);
    const isOwn = isReviewer && !rule.prevent_self_review;
    const own = isOwn ? ` ${actor.login} can do that alone.` : "";
    const another = rule.prevent_self_review ? " Who started it may not." : "";
    const skip =
      environment.can_admins_bypass && actor.role === "admin" ? " Administrators may skip the approval." : "";
    const text = `${names.join(" or ")} must approve the job.${own}${another}${skip}`;
    return [{ verdict: "needs", text, rule: rule.type, origin }];
  });
}

/** Whether somebody decides what is deployed, or can only start it again. */
function changeOf(repository: Branches, branch: string, actor: Actor): Reason {
  const way = reachOf(repository, `refs/heads/${branch}`, actor);
  const text = way
    ? `${actor.login} can change what ${branch} holds by ${way}.`
    : `${actor.login} can start a workflow on ${branch}, with what it holds, and not change that.`;
  return { verdict: "note", text };
}
