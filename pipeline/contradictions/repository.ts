/** Rules that need something of the repository, its workflows or its plan that is not there. */
import type { Settings } from "../../settings.ts";
import { environments } from "../branches.ts";
import { workflowsOf } from "../workflows/render.ts";
import {
  type Contradiction,
  earlierEnvironments,
  type Finder,
  type Option,
  type RepositoryFacts,
  rule,
} from "./contradiction.ts";

export const repositoryContradictions: Finder = (settings, facts) => [
  ...unreportedChecks(settings, facts),
  ...codeOwners(settings, facts),
  ...deployments(settings, facts),
  ...privateRepository(settings, facts),
  ...privateApprovals(settings, facts),
  ...patterns(settings, facts),
];

/** Jobs that report on every pull request: a workflow that a path filter skips stays pending for ever. */
function reportingJobs(settings: Settings): string[] {
  return Object.values(workflowsOf([settings]))
    .filter(({ on }) => on.pull_request === null || (on.pull_request && !on.pull_request.paths))
    .flatMap(({ jobs }) => Object.values(jobs).map(({ name }) => name));
}

/** docs.github.com, troubleshooting-required-status-checks. */
function unreportedChecks(settings: Settings, { reportedChecks = [] }: RepositoryFacts): Contradiction[] {
  const { rules } = settings;
  const reported = [...reportingJobs(settings), ...reportedChecks];
  const unknown = rules.otherChecks.filter(({ name, app }) => app === undefined && !reported.includes(name));
  if (unknown.length === 0) return [];
  const names = unknown.map(({ name }) => `"${name}"`).join(", ");
  const withApp = (app: number) =>
    rules.otherChecks
      .map(({ name, app: own }) => {
        const reporter = own ?? (unknown.some((one) => one.name === name) ? app : undefined);
        return `{ name: ${JSON.stringify(name)}${reporter === undefined ? "" : `, app: ${reporter}`} }`;
      })
      .join(", ");
  const kept = rules.otherChecks
    .filter((check) => !unknown.includes(check))
    .map(({ name, app }) => `{ name: ${JSON.stringify(name)}${app === undefined ? "" : `, app: ${app}`} }`);
  return [
    {
      id: "unreported-check",
      severity: "deadlock",
      problem: `No job that runs on every pull request is called ${names}, and no app is named that reports it: a required check that never comes blocks every merge.`,
      options: [
        rule(`otherChecks: [${withApp(15368)}]`, "A job of another workflow of the repository reports it."),
        rule(`otherChecks: [${kept.join(", ")}]`, "It is not required."),
      ],
    },
  ];
}

/** docs.github.com, about-code-owners: without the file nobody owns anything, and the rule asks for nothing. */
function codeOwners({ rules, branches, repository }: Settings, facts: RepositoryFacts): Contradiction[] {
  if (!rules.codeOwners || facts.hasCodeOwners) return [];
  const isKnown = facts.hasCodeOwners === false;
  return [
    {
      id: "code-owners-without-file",
      severity: "note",
      problem: `Code owners must approve, ${isKnown ? "but" : "which needs a file CODEOWNERS:"} ${repository.owner}/${repository.name} ${isKnown ? "has no file CODEOWNERS: the rule asks nobody" : "may have none, and the rule asks nobody then"}.`,
      options: [
        {
          elsewhere: `mkdir -p .github && echo '* @${rules.mainOwner}' > .github/CODEOWNERS`,
          effect: `A pull request with this file, merged into ${branches.production}, says who owns what.`,
        },
        rule("codeOwners: false", "Any approval counts."),
      ],
    },
  ];
}

/** An environment that is deployed from the production branch comes after it, and can never come before. */
function deployments({ rules, branches, environment }: Settings, facts: RepositoryFacts): Contradiction[] {
  const known = facts.environments ?? [environment];
  const isLate = (name: string) =>
    known.some((one) => one.name === name && one.branch === branches.production);
  const isAbsent = (name: string) =>
    facts.environments !== undefined && !known.some((one) => one.name === name);
  const wrong = rules.requiredDeployments.filter((name) => isLate(name) || isAbsent(name));
  if (wrong.length === 0) return [];
  const kept = rules.requiredDeployments.filter((name) => !wrong.includes(name));
  return [
    {
      id: "deployment-without-deployer",
      severity: "deadlock",
      problem: `${branches.production} takes only what was deployed to ${wrong.join(", ")}, and no stack deploys there from another branch: it could never move.`,
      options: [
        ...earlierEnvironments({ branches }, facts)
          .filter(({ name }) => !kept.includes(name))
          .map(({ name, branch }) =>
            rule(
              `requiredDeployments: [${[...kept, name].join(", ")}]`,
              `What ${branch} deployed to ${name} is taken.`,
            ),
          ),
        rule(`requiredDeployments: [${kept.join(", ")}]`, "No such deployment is needed."),
      ],
    },
  ];
}

const PUBLISH: Option = {
  write: { section: "kai:repository", lines: ["visibility: public"] },
  effect: "Public repositories have all of it on every plan. Make it public on GitHub first.",
};

const ENTERPRISE: Option = {
  elsewhere: "https://docs.github.com/get-started/learning-about-github/githubs-plans",
  effect: "An organization on Enterprise has approvals for its private repositories.",
};

/** docs.github.com, about-protected-branches: private repositories need Pro, Team or Enterprise. */
function privateRepository({ repository }: Settings, { hasRules }: RepositoryFacts): Contradiction[] {
  if (hasRules || repository.visibility === "public") return [];
  return [
    {
      id: "private-without-rules",
      severity: hasRules === false ? "refused" : "note",
      problem:
        hasRules === false
          ? `GitHub has no rules and environments for ${repository.owner}/${repository.name}: it is private, and its owner's plan is Free.`
          : "GitHub enforces rules and environments of a private repository on paid plans only; on a Free plan `up` fails with 403.",
      options: [
        PUBLISH,
        {
          elsewhere: "https://github.com/settings/billing/plans",
          effect: "Pro (for a user) or Team (for an organization) has rules for private repositories.",
        },
      ],
    },
  ];
}

/**
 * docs.github.com, deployments-and-environments: of private repositories only those on Enterprise, which no user has, have
 * reviewers and wait timers. GitHub refuses them with 422, halfway through an `up`.
 */
function privateApprovals(settings: Settings, { hasRules, plan }: RepositoryFacts): Contradiction[] {
  const { repository } = settings;
  const guarded = environments(settings).filter(
    ({ reviewers, waitMinutes }) => reviewers.length > 0 || waitMinutes > 0,
  );
  const isOffered = repository.visibility === "public" || plan === "enterprise";
  // Without rules there are no environments at all, and that is said.
  if (isOffered || hasRules === false || guarded.length === 0) return [];
  const names = guarded.map(({ name }) => name).join(" and ");
  return [
    {
      id: "private-without-approvals",
      severity: lacksEnterprise(repository, plan) ? "deadlock" : "note",
      problem: `Deployments and previews wait for an approval or for a time (${names}), which GitHub has for private repositories of organizations on Enterprise only, and ${ownersPlan(repository, plan)}.`,
      options: [PUBLISH, ENTERPRISE],
    },
  ];
}

type Owned = Pick<Settings["repository"], "owner" | "ownerType">;

/** Whether the owner is known not to be on Enterprise. @param plan another one, or undefined where it is not known */
function lacksEnterprise({ ownerType }: Owned, plan: string | undefined): boolean {
  return plan !== undefined || ownerType === "user";
}

function ownersPlan({ owner, ownerType }: Owned, plan: string | undefined): string {
  if (ownerType === "user") return `${owner} is a user`;
  return `the plan of ${owner} is ${plan ?? "not known: on another plan `up` fails with 422"}`;
}

/** "Only applies to repositories within an enterprise" (terraform-provider-github, repository_ruleset). */
function patterns({ rules, repository }: Settings, { plan }: RepositoryFacts): Contradiction[] {
  const { branchName, commitMessage, authorEmail } = rules.patterns;
  if (!(branchName ?? commitMessage ?? authorEmail) || plan === "enterprise") return [];
  return [
    {
      id: "patterns-without-enterprise",
      severity: lacksEnterprise(repository, plan) ? "refused" : "note",
      problem: `GitHub has patterns for names and commits in organizations on Enterprise only, and ${ownersPlan(repository, plan)}.`,
      options: [rule("patterns: {}", "Names and commits match nothing in particular; a job can check them.")],
    },
  ];
}
