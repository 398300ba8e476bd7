/** Rules that need more people than there are, or other people. */
import type { Settings } from "../../settings.ts";
import {
  type Contradiction,
  counted,
  type Finder,
  type Option,
  type RepositoryFacts,
  rule,
} from "./contradiction.ts";

/** What the rules of the production branch say about people, and what is known of these. */
export const peopleContradictions: Finder = (settings, facts) => [
  ...loneMaintainer(settings, facts),
  ...lastPushOfTwo(settings, facts),
  ...ownerWithoutWrite(settings, facts),
  ...otherAdministrators(settings, facts),
  ...loneApprover(settings, facts),
];

const READING = ["triage", "read"];

/**
 * Logins of those who may push, and so approve for the count (docs.github.com, about-protected-branches). A role of an
 * organization's own counts as writing: its name says nothing of its rights, and a guess must stop nobody.
 */
function writers({ people }: RepositoryFacts): string[] | undefined {
  return people?.filter(({ role }) => !READING.includes(role)).map(({ login }) => login);
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function invite({ repository }: Settings): string {
  return `gh api --method PUT repos/${repository.owner}/${repository.name}/collaborators/LOGIN -f permission=push`;
}

/** Authors cannot approve their own pull requests (docs.github.com, approving-a-pull-request-with-required-reviews). */
function loneMaintainer(settings: Settings, facts: RepositoryFacts): Contradiction[] {
  const { branches, rules, repository } = settings;
  const known = writers(facts);
  if (known ? known.length > rules.requiredReviews : repository.ownerType === "organization") return [];
  const demand = `Pull requests into ${branches.production} and ${branches.staging} need ${counted(rules.requiredReviews, "approval")}, and authors cannot approve their own`;
  const id = "lone-maintainer";
  // Ways past the pull request, for the one who moves the production branch.
  const isOpen = rules.mainPushMode === "direct" && rules.stagingBypass;
  const options = waysToReviews(settings, known);
  if (!known) {
    if (isOpen) return [];
    const problem = `${demand}: a maintainer without somebody else with write access cannot merge.`;
    return [{ id, severity: "note", problem, options }];
  }
  const who =
    known.length === 0 ? "nobody has" : `only ${known.join(" and ")} ${known.length === 1 ? "has" : "have"}`;
  return [
    {
      id,
      severity: isOpen ? "note" : "deadlock",
      problem: `${demand}, but ${who} write access: what one of them proposes is never merged.`,
      options,
    },
  ];
}

function waysToReviews(settings: Settings, known: string[] | undefined): Option[] {
  const { branches, rules } = settings;
  const options: Option[] = [
    {
      elsewhere: invite(settings),
      effect: `${rules.requiredReviews + 1} people with write access can approve for each other.`,
    },
  ];
  if (known && known.length > 1) {
    const line = `requiredReviews: ${known.length - 1}`;
    options.push(rule(line, `As many as ${known.length} people can give each other.`));
  }
  const past = [
    ...(rules.mainPushMode === "direct" ? [] : ["mainPushMode: direct"]),
    ...(rules.stagingBypass ? [] : ["stagingBypass: true"]),
  ];
  if (past.length > 0) {
    const effect = `${rules.mainOwner} moves ${branches.production} past the pull request, to commits that passed the checks, and administrators bypass the rules of ${branches.staging}.`;
    options.push(rule(past, effect));
  }
  return options;
}

/** docs.github.com, about-protected-branches#require-approval-of-the-most-recent-reviewable-push. */
function lastPushOfTwo({ rules }: Settings, facts: RepositoryFacts): Contradiction[] {
  const known = writers(facts);
  if (!rules.lastPushApproval || known?.length !== rules.requiredReviews + 1) return [];
  return [
    {
      id: "last-push-of-two",
      severity: "note",
      problem: `The last push needs the approval of somebody else, and ${known.length} people give ${counted(rules.requiredReviews, "approval")} only if the author pushed last: a reviewer who corrects a pull request blocks it until its author pushes again.`,
      options: [rule("lastPushApproval: false", "Whoever pushed last may be among those who approve.")],
    },
  ];
}

/** GitHub drops a classic actor without write access, and the next run adds it again (terraform-provider-github#1841). */
function ownerWithoutWrite(settings: Settings, facts: RepositoryFacts): Contradiction[] {
  const { rules, branches, repository } = settings;
  const known = writers(facts);
  if (!known || known.some((login) => isSame(login, rules.mainOwner))) return [];
  return [
    {
      id: "owner-without-write",
      severity: "deadlock",
      problem: `Only ${rules.mainOwner} may move ${branches.production}, and has no write access to ${repository.owner}/${repository.name}: nobody could.`,
      options: [
        ...known.map((login) => rule(`mainOwner: ${login}`, `${login} moves ${branches.production}.`)),
        {
          elsewhere: invite(settings).replace("LOGIN", rules.mainOwner),
          effect: `${rules.mainOwner} gets write access, once the invitation is accepted.`,
        },
      ],
    },
  ];
}

/** The provider's description of `pushAllowances`: who administers or maintains can always push. */
function otherAdministrators(settings: Settings, { people }: RepositoryFacts): Contradiction[] {
  const { rules, branches } = settings;
  const others = (people ?? []).filter(
    ({ login, role }) => ["admin", "maintain"].includes(role) && !isSame(login, rules.mainOwner),
  );
  if (rules.kind !== "classic" || others.length === 0) return [];
  const names = others.map(({ login, role }) => `${login} (${role})`).join(", ");
  return [
    {
      id: "other-administrators",
      severity: "note",
      problem: `Only ${rules.mainOwner} may push to ${branches.production}, but a classic push restriction does not bind ${names}.`,
      options: [
        rule("kind: rulesets", "A ruleset binds everybody whom it does not name."),
        {
          elsewhere: invite(settings),
          effect: "They write, and no longer administer.",
        },
      ],
    },
  ];
}

/** docs.github.com, deployments-and-environments#required-reviewers; people of a private repository are all who see it. */
function loneApprover(settings: Settings, { people }: RepositoryFacts): Contradiction[] {
  const { environment, repository, rules } = settings;
  const { name, reviewers, preventSelfReview } = environment;
  if (!preventSelfReview || !people || repository.visibility === "public") return [];
  const able = reviewers.filter((login) => people.some((one) => isSame(one.login, login)));
  // Who moves the branch starts the deployment.
  if (able.some((login) => !isSame(login, rules.mainOwner))) return [];
  return [
    {
      id: "lone-approver",
      severity: "deadlock",
      problem: `${rules.mainOwner} starts every deployment to ${name} and may not approve it, and no other reviewer sees the repository: no deployment could ever be approved.`,
      options: [
        {
          write: { section: "kai:environment", lines: ["preventSelfReview: false"] },
          effect: "Reviewers may approve what they started.",
        },
      ],
    },
  ];
}
