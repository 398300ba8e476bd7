import { z } from "zod";
import { checked, field, integer, oneOf } from "./fields.ts";
import * as is from "./formats.ts";

/** What `kai:rules` can contradict, itself or GitHub, in a few words; `kai:rules.accepts` names those that are meant. */
export const CONTRADICTIONS = {
  "lone-maintainer":
    "reviews are required, and fewer people may write than these need: authors cannot approve their own",
  "owner-without-write": "`mainOwner` has no write access",
  "other-administrators": "a classic push restriction does not bind who administers or maintains",
  "last-push-of-two": "the last push needs another's approval, and there is nobody to spare",
  "lone-approver": "who starts a deployment may not approve it, and nobody else can",
  "pull-request-and-direct-push": "a required pull request, and somebody who shall push directly",
  "linear-history-and-promotion": "linear history, and merges between long-lived branches",
  "up-to-date-and-promotion":
    "pull requests that must be up to date, and a staging branch that never is after a squash",
  "direct-push-without-staging": "pushes past the review that need not have been on staging",
  "signed-commits": "signed commits, and commits of GitHub and of bots that are not signed",
  "frozen-branch": "a branch that nobody may change",
  "unreported-check": "a required check that no job reports",
  "code-owners-without-file": "code owners must approve, and there is no file CODEOWNERS",
  "deployment-without-deployer": "a required deployment to an environment that nothing deploys to in time",
  "private-without-rules": "a private repository on a plan without rules",
  "private-without-approvals":
    "approvals or waiting times in a private repository, which only Enterprise has",
  "patterns-without-enterprise": "patterns for names and commits on a plan without them",
} as const;

export type ContradictionId = keyof typeof CONTRADICTIONS;

const contradictionIds = Object.keys(CONTRADICTIONS) as [ContradictionId, ...ContradictionId[]];

/** What the two profiles stand for. A setting that is written down wins over its profile. */
export const PROFILES = {
  specification: {
    requiredReviews: 1,
    mainPushMode: "merge-only",
    codeOwners: false,
    lastPushApproval: false,
    resolvedConversations: false,
    upToDate: false,
    signedCommits: false,
    stagingBypass: true,
    requiredDeployments: [],
    protectedTags: [],
    shaPinning: false,
  },
  hardened: {
    requiredReviews: 2,
    // What reaches the production branch has been reviewed for staging and run there: see `requiredDeployments`.
    mainPushMode: "direct",
    codeOwners: true,
    lastPushApproval: true,
    resolvedConversations: true,
    upToDate: true,
    signedCommits: false,
    stagingBypass: false,
    requiredDeployments: ["staging"],
    protectedTags: ["v*"],
    shaPinning: true,
  },
} satisfies Record<string, Profile>;

/** The settings that a profile decides. */
interface Profile {
  requiredReviews: number;
  mainPushMode: "merge-only" | "direct";
  codeOwners: boolean;
  lastPushApproval: boolean;
  resolvedConversations: boolean;
  upToDate: boolean;
  signedCommits: boolean;
  stagingBypass: boolean;
  requiredDeployments: string[];
  protectedTags: string[];
  shaPinning: boolean;
}

/** A field that may be left out, because the profile has a value for it; the reference shows both. */
function byProfile<T extends z.ZodType>(
  key: keyof Profile,
  schema: T,
  description: string,
  example: unknown,
): z.ZodOptional<T> {
  const values = Object.entries(PROFILES).map(
    ([name, profile]) => `${name}: ${JSON.stringify(profile[key])}`,
  );
  return field(schema, description, example)
    .optional()
    .meta({ defaultText: values.join("; ") });
}

/** A regular expression. GitHub reads it as RE2, which lacks only look-around and back-references. */
const expression = () =>
  checked(
    isExpression,
    "is not a regular expression; GitHub takes RE2, without look-around and back-references",
  );

function isExpression(text: string): boolean {
  try {
    return text !== "" && asRegExp(text) && !/\(\?[=!<]|\\[1-9]/.test(text);
  } catch {
    return false;
  }
}

/** RE2 has its flags before the expression, `(?i)`. @throws SyntaxError */
export function asRegExp(text: string): RegExp {
  const [, flags = "", expression = text] = /^\(\?([ims]+)\)(.*)$/s.exec(text) ?? [];
  return new RegExp(expression, flags);
}

function isTagPattern(text: string): boolean {
  return is.isBranchName(text.replaceAll(/[*?]/g, "x"));
}

const otherCheck = z.strictObject({
  name: field(
    z.string().min(1, { error: "must not be empty" }),
    "Name of the check as GitHub shows it: a job's name, or `caller / callee` of a reusable workflow.",
    "Lint",
  ),
  app: field(
    z.union([z.number().int().min(1), z.literal("any")], {
      error: "must be the id of a GitHub App, or `any`",
    }),
    "Id of the GitHub App that reports it (15368 is Actions), or `any` for whoever may set a status. Needed where it is no job of the pipeline.",
    15368,
  ).optional(),
});

const patterns = z.strictObject({
  branchName: field(expression(), "What the name of every branch must match.", "^[a-z0-9/-]+$").optional(),
  commitMessage: field(expression(), "What every commit message must match.", "^(feat|fix): ").optional(),
  authorEmail: field(
    expression(),
    "What the e-mail address of every commit's author must match.",
    "@example\\.com$",
  ).optional(),
});

/** `kai:rules` */
export const rulesSchema = z
  .strictObject({
    kind: field(
      oneOf(["rulesets", "classic"]),
      "`rulesets` works for every owner; `classic` is branch protection with push restrictions, organizations only.",
      "rulesets",
    ).default("rulesets"),
    mainOwner: field(
      checked(is.isLogin, "is not a GitHub login (letters, digits and single dashes, at most 39)"),
      "The only login that may push to the production branch.",
      "Basilakis",
    ),
    profile: field(
      oneOf(["specification", "hardened"]),
      "What the settings below are where they are left out: the specification's words, or the strongest set that works together.",
      "specification",
    ).default("specification"),
    requiredReviews: byProfile(
      "requiredReviews",
      integer(1, 10),
      "Approvals that a pull request needs on the production and the staging branch. Authors cannot approve their own. `classic` takes at most 6.",
      1,
    ),
    mainPushMode: byProfile(
      "mainPushMode",
      oneOf(["merge-only", "direct"]),
      "`merge-only`: the main owner too goes through a pull request. `direct`: the main owner may push past it, never past checks and deployments.",
      "merge-only",
    ),
    codeOwners: byProfile(
      "codeOwners",
      z.boolean(),
      "Whether a file that CODEOWNERS names needs the approval of its owner.",
      true,
    ),
    lastPushApproval: byProfile(
      "lastPushApproval",
      z.boolean(),
      "Whether somebody else than who pushed last must have approved what was pushed.",
      true,
    ),
    resolvedConversations: byProfile(
      "resolvedConversations",
      z.boolean(),
      "Whether every conversation of a pull request must be resolved.",
      true,
    ),
    upToDate: byProfile(
      "upToDate",
      z.boolean(),
      "Whether a pull request must contain the newest commit of the branch it is merged into. A fast-forward always does.",
      true,
    ),
    signedCommits: byProfile(
      "signedCommits",
      z.boolean(),
      "Whether the production and the staging branch take commits with verified signatures alone.",
      true,
    ),
    stagingBypass: byProfile(
      "stagingBypass",
      z.boolean(),
      "Whether administrators may bypass the rules of the staging branch.",
      true,
    ),
    requiredDeployments: byProfile(
      "requiredDeployments",
      z.array(z.string().min(1, { error: "must not be empty" })),
      "Environments to which a commit must have been deployed before the production branch takes it.",
      ["staging"],
    ),
    protectedTags: byProfile(
      "protectedTags",
      z.array(checked(isTagPattern, "is not a pattern of tag names; write it without refs/tags/")),
      "Patterns of tags that nobody may move or delete once they are made. `*` stops at a slash.",
      ["v*"],
    ),
    shaPinning: byProfile(
      "shaPinning",
      z.boolean(),
      "Whether workflows may use actions by full commit only. Binds every workflow of the repository.",
      true,
    ),
    otherChecks: field(
      z.array(otherCheck),
      "Checks that the production and the staging branch require besides the pipeline's own.",
      [{ name: "Lint", app: 15368 }],
    ).default([]),
    frozen: field(
      z.array(oneOf(["production", "staging", "development"])),
      "Branches that nobody may change, by their role, for as long as they stand here.",
      ["production"],
    ).default([]),
    patterns: field(
      patterns,
      "Regular expressions for names and commits. GitHub has them for organizations on Enterprise only.",
      { branchName: "^[a-z0-9/-]+$" },
    ).default({}),
    accepts: field(
      z.array(oneOf(contradictionIds)),
      "Contradictions between these settings and GitHub that are meant: the program says no more about them (docs/branch-rules.md).",
      ["lone-maintainer"],
    ).default([]),
  })
  .transform((rules) => {
    // A key that is there without a value would hide the profile's.
    const chosen = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
    return { ...PROFILES[rules.profile], ...chosen } as Profile & Omit<typeof rules, keyof Profile>;
  });
