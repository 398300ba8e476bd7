/** Rules against the way in which commits reach the production branch. */
import type { Settings } from "../../settings.ts";
import {
  type Contradiction,
  earlierEnvironments,
  type Finder,
  type RepositoryFacts,
  rule,
} from "./contradiction.ts";

export const historyContradictions: Finder = (settings, facts) => [
  ...mergeOnly(settings, facts),
  ...directPush(settings, facts),
  ...signedCommits(settings),
  ...frozen(settings),
];

/** What the specification's words mean for a promotion (docs/branch-rules.md). */
function mergeOnly(settings: Settings, facts: RepositoryFacts): Contradiction[] {
  const { rules, branches, environment } = settings;
  const { production, staging } = branches;
  if (rules.mainPushMode !== "merge-only") return [];
  const [earlier] = earlierEnvironments(settings, facts);
  const names = earlier ? ` ${earlier.name} ${environment.name}` : "";
  const direct = rule(
    "mainPushMode: direct",
    `\`kai promote${names}\` moves ${production} to the very commit that was deployed from ${earlier?.branch ?? staging}.`,
  );
  const found: Contradiction[] = [
    {
      id: "pull-request-and-direct-push",
      severity: "note",
      problem: `${rules.mainOwner} alone may move ${production}, and only through an approved pull request: where one is required nobody pushes directly.`,
      options: [
        rule(
          "mainPushMode: direct",
          `${rules.mainOwner} may push past the pull request, not past the checks.`,
        ),
      ],
    },
    {
      id: "linear-history-and-promotion",
      severity: "note",
      problem: `${production} takes no merge commits, and GitHub's squash and rebase write new ones: ${staging} and ${production} differ by a commit after each promotion, and images are built again.`,
      options: [direct],
    },
  ];
  if (!rules.upToDate) return found;
  return [
    ...found,
    {
      id: "up-to-date-and-promotion",
      severity: "deadlock",
      problem: `A pull request into ${production} must contain its newest commit. After a squash or rebase ${staging} never does, and it cannot take it over, because the repository has no merge commits: nothing could be promoted a second time.`,
      options: [
        direct,
        rule("upToDate: false", "A pull request is merged also where its base has moved on."),
      ],
    },
  ];
}

function directPush(settings: Settings, facts: RepositoryFacts): Contradiction[] {
  const { rules, branches } = settings;
  const { production } = branches;
  if (rules.mainPushMode !== "direct" || rules.requiredDeployments.length > 0) return [];
  return [
    {
      id: "direct-push-without-staging",
      severity: "note",
      problem: `${rules.mainOwner} may move ${production} to any commit that passed the checks, also to one that nobody reviewed and no environment ran before.`,
      options: [
        ...earlierEnvironments(settings, facts).map(({ name }) =>
          rule(`requiredDeployments: [${name}]`, `Only a commit that was deployed to ${name} is taken.`),
        ),
        rule("mainPushMode: merge-only", "Every change comes through an approved pull request."),
      ],
    },
  ];
}

/** docs.github.com, about-protected-branches#require-signed-commits. */
function signedCommits({ rules, branches: { production } }: Settings): Contradiction[] {
  if (!rules.signedCommits) return [];
  return [
    {
      id: "signed-commits",
      severity: "note",
      problem: `GitHub signs what it squashes for the pull request's author alone, and nothing that it rebases; commits that a bot makes over the interface with a personal token are not signed. So ${rules.mainOwner} merges into ${production} only pull requests of his own, and bots need a GitHub App.`,
      options: [rule("signedCommits: false", "Commits need no signature.")],
    },
  ];
}

function frozen({ rules, branches }: Settings): Contradiction[] {
  if (rules.frozen.length === 0) return [];
  const names = rules.frozen.map((role) => branches[role]).join(", ");
  return [
    {
      id: "frozen-branch",
      severity: "note",
      problem: `Nobody may change ${names} while kai:rules.frozen names it: no pull request is merged and nothing is promoted.`,
      options: [rule("frozen: []", "The branches may be changed again.")],
    },
  ];
}
