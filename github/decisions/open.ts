/**
 * What neither documentation nor a report that could be found decides, and what is decided here instead: the stricter of
 * the two, so that what works here is no surprise there. `docs/sandbox.md` shows this list, and `kai can` says when an
 * answer rests on an entry of it.
 */
export interface OpenQuestion {
  id: string;
  question: string;
  here: string;
}

export const OPEN_QUESTIONS = [
  {
    id: "push-of-an-approved-pull-request",
    question:
      "Whether an approved pull request lets its commits be pushed directly where reviews are required.",
    here: "It does not; only the required checks are satisfied by a commit that passed them elsewhere.",
  },
  {
    id: "merge-past-update",
    question:
      "Whether the owner, as the bypass actor of a rule `update`, may merge a pull request in the browser.",
    here: "They may: a bypass lifts the rule from merges as from pushes.",
  },
  {
    id: "roles-above",
    question: "Whether a bypass actor `RepositoryRole` write covers the roles above it.",
    here: "It does not; the role is compared exactly.",
  },
  {
    id: "pull-request-on-create",
    question: "Whether a rule `pull_request` forbids to create a branch that it covers.",
    here: "It does not; required checks do, unless `do_not_enforce_on_create` is set.",
  },
  {
    id: "status-for-app",
    question: "Whether a commit status counts for a required check that names an app.",
    here: "It does not; a check run of that app does.",
  },
  {
    id: "changes-without-approvals",
    question: "Whether a requested change blocks a merge where no approval is required.",
    here: "It does not.",
  },
  {
    id: "exempt-administrators",
    question:
      "Whether an administrator whom a classic rule exempts may force-push and delete as well: the page says so, reports differ.",
    here: "They may, as the page says.",
  },
  {
    id: "graphql-restrictions",
    question: "What GraphQL does with push restrictions on a user's repository.",
    here: "It refuses them with the sentence of the REST interface.",
  },
  {
    id: "403-or-404",
    question: "Which of 403 and 404 a person without the needed role gets from each request.",
    here: "403 for administration and for fine-grained tokens, 404 for a classic token without write access.",
  },
  {
    id: "own-wording",
    question:
      "The sentences for a requested change, a locked branch, a missing deployment, a missing code owner's review and a merge method that a rule forbids.",
    here: "Own wording; the decision is documented, the words are not.",
  },
  {
    id: "deployments-by-interface",
    question:
      "Whether an environment's protection rules bind deployments that are made through the interface.",
    here: "They do not; they bind jobs that name the environment.",
  },
  {
    id: "protected-by-rulesets",
    question:
      "Whether a ruleset makes a branch a protected one for environments that admit protected branches alone: the page speaks of branch protection rules.",
    here: "It does. If it does not, every branch may deploy there where no classic rule is left.",
  },
  {
    id: "rules-that-forbid-nothing",
    question: "What the rules `merge_queue`, `workflows`, `code_scanning`, patterns and push rulesets do.",
    here: "They are kept and shown, and forbid nothing.",
  },
] as const satisfies readonly OpenQuestion[];

export type OpenId = (typeof OPEN_QUESTIONS)[number]["id"];

/** An entry by its id. */
export function openQuestion(id: OpenId): OpenQuestion {
  return OPEN_QUESTIONS.find((one) => one.id === id) as OpenQuestion;
}
