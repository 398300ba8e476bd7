/**
 * What neither documentation nor a report that could be found decides, and what the simulation does instead: the stricter
 * of the two, so that what works here is no surprise there. `docs/sandbox.md` shows this list.
 */
export interface OpenQuestion {
  question: string;
  here: string;
}

export const OPEN_QUESTIONS: readonly OpenQuestion[] = [
  {
    question:
      "Whether an approved pull request lets its commits be pushed directly where reviews are required.",
    here: "It does not; only the required checks are satisfied by a commit that passed them elsewhere.",
  },
  {
    question:
      "Whether the owner, as the bypass actor of a rule `update`, may merge a pull request in the browser.",
    here: "They may: a bypass lifts the rule from merges as from pushes.",
  },
  {
    question: "Whether a bypass actor `RepositoryRole` write covers the roles above it.",
    here: "It does not; the role is compared exactly.",
  },
  {
    question: "Whether a rule `pull_request` forbids to create a branch that it covers.",
    here: "It does not; required checks do, unless `do_not_enforce_on_create` is set.",
  },
  {
    question: "Whether a commit status counts for a required check that names an app.",
    here: "It does not; a check run of that app does.",
  },
  {
    question: "Whether a requested change blocks a merge where no approval is required.",
    here: "It does not.",
  },
  {
    question:
      "Whether an administrator whom a classic rule exempts may force-push and delete as well: the page says so, reports differ.",
    here: "They may, as the page says.",
  },
  {
    question: "What GraphQL does with push restrictions on a user's repository.",
    here: "It refuses them with the sentence of the REST interface.",
  },
  {
    question: "Which of 403 and 404 a person without the needed role gets from each request.",
    here: "403 for administration and for fine-grained tokens, 404 for a classic token without write access.",
  },
  {
    question:
      "The sentences for a requested change, a locked branch, a missing deployment, a missing code owner's review and a merge method that a rule forbids.",
    here: "Own wording; the decision is documented, the words are not.",
  },
  {
    question:
      "Whether an environment's protection rules bind deployments that are made through the interface.",
    here: "They do not; they bind jobs that name the environment.",
  },
  {
    question: "What the rules `merge_queue`, `workflows`, `code_scanning`, patterns and push rulesets do.",
    here: "They are kept and shown, and forbid nothing.",
  },
];
