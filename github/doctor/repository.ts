/** Whether the repository is the one that the settings describe, and its owner's plan has what the rules need. */
import type { DoctorFacts } from "./facts.ts";
import { error, type Found, unchecked, warning } from "./finding.ts";

/** User or organization as configured: push restrictions exist on organizations' repositories only (branch-rules.md). */
export function checkOwner({ owner, inventory: { repository } }: DoctorFacts): Found[] {
  const { ownerType, owner: login } = owner.repository;
  const found = repository.owner.type === "User" ? "user" : "organization";
  if (found === ownerType) return [];
  return [
    error(
      `kai:repository.ownerType says ${ownerType}, and ${login} is ${found === "user" ? "a user" : "an organization"}.`,
      `Set \`ownerType: ${found}\` below \`repository\` in Pulumi.yaml.`,
    ),
  ];
}

/** Name, visibility, default branch, and whether anything may be written at all. */
export function checkRepository({ owner, inventory: { repository } }: DoctorFacts): Found[] {
  const { repository: described, branches } = owner;
  const configured = `${described.owner}/${described.name}`;
  const found: Found[] = [];
  if (repository.full_name.toLowerCase() !== configured.toLowerCase()) {
    found.push(
      warning(
        `${configured} is now called ${repository.full_name}; GitHub leads from the old name to the new one.`,
        "Correct `owner` and `name` below `repository` in Pulumi.yaml.",
      ),
    );
  }
  if (repository.archived) {
    found.push(
      error(
        `${repository.full_name} is archived: nothing in it can be changed.`,
        `gh repo unarchive ${repository.full_name}`,
      ),
    );
  }
  const visibility = repository.private ? "private" : "public";
  if (visibility !== described.visibility) {
    found.push(
      warning(
        `kai:repository.visibility says ${described.visibility}, and the repository is ${visibility}: the next \`up\` would change that.`,
        `Set \`visibility: ${visibility}\` below \`repository\` in Pulumi.yaml, if it is to stay.`,
      ),
    );
  }
  if (repository.default_branch !== branches.production) {
    found.push(
      warning(
        `The default branch is ${repository.default_branch}, and kai:branches.production is ${branches.production}: schedules and dispatches run the default branch's workflow files.`,
        `gh repo edit ${repository.full_name} --default-branch ${branches.production}`,
      ),
    );
  }
  return found;
}

/** Rules and environments of a private repository need a paid plan (docs.github.com, about-rulesets). */
export function checkPlan({ plan, inventory: { repository } }: DoctorFacts): Found[] {
  const { full_name, owner } = repository;
  if (!repository.private) return [];
  if (plan === undefined)
    return [unchecked(`The plan of ${owner.login}: GitHub shows it to ${owner.login} alone.`)];
  if (plan !== "free") return [];
  return [
    error(
      `${full_name} is private, and the plan of ${owner.login} enforces no rules and no environments on private repositories.`,
      "Take a paid plan (github.com/settings/billing), or make the repository public.",
    ),
  ];
}
