/** What adopting a repository means: what `up` changes, keeps and weakens, and what stands in its way. No I/O. */

import { branches, environments, ref } from "../../pipeline/branches.ts";
import { contradictions, explain, type RepositoryFacts } from "../../pipeline/contradictions.ts";
import { IMAGES_ENVIRONMENT } from "../../pipeline/names.ts";
import { type SecretRow, secretsIn } from "../../pipeline/secrets.ts";
import { compare } from "../../pipeline/workflows/compare.ts";
import type { WorkflowFile } from "../../pipeline/workflows/render.ts";
import type { Settings } from "../../settings.ts";
import { covers } from "../decisions/patterns.ts";
import { afterUp, type Known } from "./after-up.ts";
import { type Loss, lostDemands } from "./demands.ts";
import { importsOf } from "./imports.ts";
import { lostProtection } from "./losses.ts";
import { type Change, changesBetween, objectsOf } from "./objects.ts";
import type { Present } from "./present.ts";

/** What the adoption of one stack does. */
export interface StackPlan {
  stack: string;
  /** New entries of `kai:adopt`: logical name → import id. */
  imports: Record<string, string>;
  /** What the next `up` of the stack changes on GitHub. */
  changes: Change[];
}

export interface AdoptionPlan {
  /** `owner/name` */
  repository: string;
  /** Why it cannot be adopted as it is, each with what to do about it. */
  problems: string[];
  /** In the order in which `up` is to be run. */
  stacks: StackPlan[];
  /** What nobody would demand any more after these `up`s. */
  losses: Loss[];
  /** Objects that no `up` touches. */
  kept: string[];
  /** What is worth knowing before. */
  notes: string[];
}

/** One stack, with what its state has already. */
export interface PlannedStack extends Pick<Known, "inState"> {
  settings: Settings;
}

/** @param files the workflow files of the model */
export function planAdoption(
  present: Present,
  stacks: readonly PlannedStack[],
  ids: Known["ids"],
  files: readonly WorkflowFile[],
): AdoptionPlan {
  const ordered = stacks.toSorted(
    (one, other) => Number(other.settings.ownsRepository) - Number(one.settings.ownsRepository),
  );
  let before = present;
  const plans = ordered.map(({ settings, inState }): StackPlan => {
    const after = afterUp(before, settings, { ids, inState });
    const changes = changesBetween(before, after);
    before = after;
    const imports = Object.entries(importsOf(present, settings)).filter(([name]) => !inState.has(name));
    return { stack: settings.stack, imports: Object.fromEntries(imports), changes };
  });
  const touched = new Set(plans.flatMap(({ changes }) => changes.map(({ object }) => object)));
  const all = ordered.map(({ settings }) => settings);
  const deployed = all.map(({ environment }) => environment);
  return {
    repository: present.repository.full_name,
    problems: all.flatMap((settings) => problemsOf(present, settings, ids, deployed)),
    stacks: plans,
    losses: [...lostDemands(present, before), ...lostProtection(present, before)],
    kept: [...objectsOf(present).keys()].filter((object) => !touched.has(object)),
    notes: [
      ...all.flatMap((settings) => secretNotes(present, settings, touched)),
      ...all.flatMap((settings) => policyNotes(present, settings)),
      ...repositoryNotes(present, files),
    ],
  };
}

function problemsOf(
  present: Present,
  settings: Settings,
  ids: Known["ids"],
  environments: RepositoryFacts["environments"],
): string[] {
  const own = settings.ownsRepository
    ? [...branchProblems(present, settings), ...ruleProblems(present, settings, { ids, environments })]
    : [];
  return [...own, ...environmentProblems(present, settings, ids)];
}

function branchProblems({ branches: present, repository, rulesets }: Present, settings: Settings): string[] {
  const { production } = settings.branches;
  const names = present.map(({ name }) => name);
  if (!names.includes(production)) {
    return [
      `There is no branch ${production} that the others could start from. Push it first, or name another in kai:branches.production.`,
    ];
  }
  const blocked = branches(settings).flatMap(({ name, role }) => {
    if (names.includes(name)) return [];
    const other = names.find((one) => one.startsWith(`${name}/`) || name.startsWith(`${one}/`));
    return other === undefined
      ? []
      : [
          `The branch ${name} cannot be made: git does not keep it beside ${other}. Name another in kai:branches.${role}.`,
        ];
  });
  const former = repository.default_branch;
  if (former === production) return blocked;
  const follows = rulesets.filter(
    (one) =>
      one.conditions.ref_name.include.includes("~DEFAULT_BRANCH") &&
      !covers(one, ref(former), { default_branch: production }),
  );
  return [
    ...blocked,
    ...follows.map(
      ({ name }) =>
        `The ruleset ${name} is for the default branch. That becomes ${production}, and ${former} would be without it for a moment. Add ${former} to the branches of the ruleset on GitHub, or make ${production} the default branch yourself, and run this again.`,
    ),
  ];
}

/** Rules by which nobody could work, which the program refuses before its first resource. */
function ruleProblems(
  { collaborators }: Present,
  settings: Settings,
  { ids, environments }: { ids: Known["ids"]; environments: RepositoryFacts["environments"] },
): string[] {
  const { mainOwner } = settings.rules;
  if (!ids.has(mainOwner.toLowerCase())) {
    return [`GitHub has no user ${mainOwner}. Correct kai:rules.mainOwner.`];
  }
  const people = collaborators.map(({ login, role_name: role }) => ({ login, role }));
  const facts = { people, hasRules: true, ...(environments && { environments }) };
  return contradictions(settings, facts)
    .filter(({ severity }) => severity !== "note")
    .map(explain);
}

function environmentProblems(
  { environments: present }: Present,
  settings: Settings,
  ids: Known["ids"],
): string[] {
  const { environment, stack } = settings;
  const own = environments(settings).map(({ name }) => name);
  const same = present.filter(({ name }) => !own.includes(name) && own.includes(name.toLowerCase()));
  const unknown = environment.reviewers.filter((login) => !ids.has(login.toLowerCase()));
  return [
    ...same.map(({ name }) => {
      const isShared = name.toLowerCase() === IMAGES_ENVIRONMENT;
      const other = isShared ? "" : `, or give the stack ${stack} another name in kai:environment.name`;
      return `GitHub takes the environment ${name} for ${name.toLowerCase()}, and it cannot be renamed. Delete it on GitHub if nothing uses it${other}.`;
    }),
    ...unknown.map(
      (login) => `GitHub has no user ${login}. Correct kai:environment.reviewers in Pulumi.${stack}.yaml.`,
    ),
  ];
}

/** Values cannot be read back: whoever has them elsewhere can keep them, and nobody else. */
function secretNotes(present: Present, settings: Settings, touched: ReadonlySet<string>): string[] {
  const places: [string | undefined, Present["secrets"]][] = [
    ...(settings.ownsRepository ? ([[undefined, present.secrets]] as [undefined, Present["secrets"]][]) : []),
    ...present.environments.map((one): [string, Present["secrets"]] => [one.name, one.secrets]),
  ];
  return places.flatMap(([environment, secrets]) =>
    secretsIn(settings, environment).flatMap(({ name, source }) => {
      const found = secrets.find((one) => one.name === name);
      const where = environment === undefined ? "" : ` of environment ${environment}`;
      if (!found || !touched.has(`secret ${name}${where}`)) return [];
      return [
        `The secret ${name}${where}, last written ${found.updated_at.slice(0, 10)}, is overwritten, and its present value cannot be read back. ${wayOut(source, settings.stack)}`,
      ];
    }),
  );
}

function wayOut(source: SecretRow["source"], stack: string): string {
  const set = (key: string) => `\`pulumi config set --secret kai:${key} --stack ${stack}\``;
  switch (source.kind) {
    case "configuration":
      return `To keep it, give it to ${set(source.key)}.`;
    case "generated":
      return `A random one takes its place. To keep it, give it to ${set(source.key)}.`;
    default:
      return "What the stack makes takes its place: if the present one is nowhere else and something else needs it, put it under another name first.";
  }
}

/** Policies that somebody else made for an environment of ours stay. */
function policyNotes({ environments }: Present, { environment }: Settings): string[] {
  const found = environments.find(({ name }) => name === environment.name);
  return (found?.branch_policies ?? [])
    .filter(({ name }) => name !== environment.branch)
    .map(
      ({ name, type }) =>
        `Every ${type} that fits ${name} may still deploy to ${environment.name}: that policy stays. Delete it on GitHub if it shall not.`,
    );
}

function repositoryNotes({ actions, workflowFiles }: Present, files: readonly WorkflowFile[]): string[] {
  const differing = files.filter(({ path, content }) => {
    const present = workflowFiles.find((one) => one.path === path);
    return present !== undefined && compare({ path, content }, present.content) !== "same";
  });
  return [
    ...(actions.enabled
      ? []
      : [
          "GitHub Actions is switched off for the repository, and stays so: no check that the rules require can report until it is switched on (Settings, Actions, General).",
        ]),
    ...(actions.enabled && actions.allowed_actions !== undefined && actions.allowed_actions !== "all"
      ? [
          `Only some actions may run in the repository (${actions.allowed_actions}): allow those of the pipeline's workflow files, or they fail.`,
        ]
      : []),
    ...differing.map(
      ({ path }) =>
        `${path} is not the pipeline's file of that name. \`up\` leaves it alone; \`kai workflow propose\` proposes the new one as a pull request.`,
    ),
  ];
}
