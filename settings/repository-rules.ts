import { asRegExp } from "./branch-rules-schema.ts";
import { repeated } from "./problems.ts";
import type { Draft, RuleProblem } from "./rules.ts";

/** Repository, branches, rules and the environment agree with each other and with what GitHub offers. */
export function repositoryProblems(draft: Draft): RuleProblem[] {
  if (draft.clouds?.github === false) return [];
  return [
    ...ownerProblems(draft),
    ...classicProblems(draft),
    ...branchProblems(draft),
    ...patternProblems(draft),
    ...repeatedEntries(draft),
    ...reviewerProblems(draft),
  ];
}

function ownerProblems({ repository, rules }: Draft): RuleProblem[] {
  if (!repository || !rules) return [];
  const problems: RuleProblem[] = [];
  const ownerPushes = rules.mainOwner.toLowerCase() === repository.owner.toLowerCase();
  if (rules.kind === "classic" && repository.ownerType === "user") {
    problems.push({
      key: "kai:rules.kind",
      problem:
        "is `classic`, but a user's repository has no push restrictions: GitHub offers them to organizations only",
      remedy: "Write `kind: rulesets`, which protects the branch for both kinds of owner.",
      reads: ["kai:repository.ownerType"],
    });
  }
  if (repository.ownerType === "organization" && ownerPushes) {
    problems.push({
      key: "kai:rules.mainOwner",
      problem: `is \`${rules.mainOwner}\`, the organization itself, which cannot push`,
      remedy: "Name the login of a person, or write `ownerType: user` in kai:repository if the owner is one.",
      reads: ["kai:repository"],
    });
  }
  return problems;
}

/** Most approvals that classic protection can ask for; rulesets take 10. */
const MOST_CLASSIC_REVIEWS = 6;

function classicProblems({ rules }: Draft): RuleProblem[] {
  if (rules?.kind !== "classic" || rules.requiredReviews <= MOST_CLASSIC_REVIEWS) return [];
  return [
    {
      key: "kai:rules.requiredReviews",
      problem: `is ${rules.requiredReviews}, but classic protection asks for at most ${MOST_CLASSIC_REVIEWS}`,
      remedy: `Write \`requiredReviews: ${MOST_CLASSIC_REVIEWS}\`, or \`kind: rulesets\`.`,
      reads: ["kai:rules.kind"],
    },
  ];
}

/** A rule for names that a branch of the pipeline breaks would keep the program from making it. */
function patternProblems({ branches, rules }: Draft): RuleProblem[] {
  const pattern = rules?.patterns.branchName;
  if (!branches || pattern === undefined) return [];
  const broken = Object.values(branches).filter((name) => !asRegExp(pattern).test(name));
  if (broken.length === 0) return [];
  return [
    {
      key: "kai:rules.patterns.branchName",
      problem: `is \`${pattern}\`, which ${broken.join(", ")} does not match: the pipeline's own branches would be refused`,
      remedy: `For example \`branchName: ^(${Object.values(branches).join("|")}|[a-z]+/.+)$\`.`,
      reads: ["kai:branches"],
    },
  ];
}

/** GitHub keeps each entry of such a list once, so a second one would be a change in every run. */
function repeatedEntries({ rules }: Draft): RuleProblem[] {
  if (!rules) return [];
  const { protectedTags, requiredDeployments, otherChecks } = rules;
  const checks = otherChecks.map(({ name, app }) => `${name} of ${app}`);
  return Object.entries({ protectedTags, requiredDeployments, otherChecks: checks }).flatMap(
    ([field, entries]) =>
      repeated(entries).map(({ index, first }) => ({
        key: `kai:rules.${field}[${index}]`,
        problem: `is the same as entry ${first + 1}`,
        remedy: "Write each entry once.",
        reads: [`kai:rules.${field}`],
      })),
  );
}

function branchProblems({ branches, environment }: Draft): RuleProblem[] {
  if (!branches) return [];
  const roles = Object.keys(branches) as (keyof typeof branches)[];
  const names = roles.map((role) => branches[role]);
  const problems: RuleProblem[] = repeated(names).map(({ value, index, first }) => ({
    key: `kai:branches.${roles[index]}`,
    problem: `is \`${value}\`, the same as kai:branches.${roles[first]}`,
    remedy: `Give each of the three branches a name of its own, for example \`${roles[index]}: ${roles[index]}\`.`,
    reads: ["kai:branches"],
  }));
  // A ref cannot be a folder and a file at once: git refuses `release` beside `release/next`.
  for (const [index, name] of names.entries()) {
    const outer = names.find((other) => name.startsWith(`${other}/`));
    if (outer === undefined) continue;
    problems.push({
      key: `kai:branches.${roles[index]}`,
      problem: `is \`${name}\`, which git cannot keep beside the branch \`${outer}\``,
      remedy: "Choose a name that does not begin with another branch's name and a slash.",
      reads: ["kai:branches"],
    });
  }
  if (environment && !names.includes(environment.branch)) {
    problems.push({
      key: "kai:environment.branch",
      problem: `is \`${environment.branch}\`, which is none of the branches ${names.join(", ")}`,
      remedy: `For example \`branch: ${branches.staging}\`.`,
      reads: ["kai:branches"],
    });
  }
  return problems;
}

function reviewerProblems({ environment, rules }: Draft): RuleProblem[] {
  if (!environment) return [];
  const logins = environment.reviewers.map((login) => login.toLowerCase());
  const problems: RuleProblem[] = repeated(logins).map(({ index, first }) => ({
    key: `kai:environment.reviewers[${index}]`,
    problem: `is \`${environment.reviewers[index]}\`, the same as reviewer ${first + 1}`,
    remedy: "Name each reviewer once.",
    reads: ["kai:environment.reviewers"],
  }));
  const isAlone = logins.length === 1 && logins[0] === rules?.mainOwner.toLowerCase();
  if (environment.preventSelfReview && isAlone) {
    problems.push({
      key: "kai:environment.preventSelfReview",
      problem: `is true while the only reviewer, ${environment.reviewers[0]}, is also who pushes to the production branch: no deployment could ever be approved`,
      remedy: "Write `preventSelfReview: false`, or add a second reviewer.",
      reads: ["kai:environment.reviewers", "kai:rules.mainOwner"],
    });
  }
  if (environment.preventSelfReview && logins.length === 0) {
    problems.push({
      key: "kai:environment.preventSelfReview",
      problem: "is true, but nobody has to review",
      remedy:
        "Name reviewers, for example `reviewers: [Basilakis, somebody]`, or write `preventSelfReview: false`.",
      reads: ["kai:environment.reviewers"],
    });
  }
  return problems;
}
