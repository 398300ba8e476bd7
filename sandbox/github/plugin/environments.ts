/** Environments and secrets as the github plugin 6.15.0 shows them. */
import type { CheckFailure, ResourceType } from "../../provider/declaration.ts";
import { type Properties, UNKNOWN } from "../../provider/values.ts";
import type { GitHub } from "../client.ts";
import {
  createBranchPolicy,
  deleteBranchPolicy,
  deleteEnvironment,
  type EnvironmentRequest,
  getEnvironment,
  putEnvironment,
  renameBranchPolicy,
} from "../environments.ts";
import { deleteSecret, getSecret, putSecret, type SecretPlace } from "../secrets.ts";

interface Reviewers {
  users?: number[];
  teams?: number[];
}

function environmentRequest(inputs: Properties): EnvironmentRequest {
  const [reviewers] = (inputs.reviewers ?? []) as Reviewers[];
  const policy = inputs.deploymentBranchPolicy as
    | { protectedBranches: boolean; customBranchPolicies: boolean }
    | undefined;
  const wanted = [
    ...(reviewers?.teams ?? []).map((id) => ({ type: "Team" as const, id })),
    ...(reviewers?.users ?? []).map((id) => ({ type: "User" as const, id })),
  ];
  return {
    wait_timer: Number(inputs.waitTimer ?? 0),
    prevent_self_review: inputs.preventSelfReview === true,
    can_admins_bypass: inputs.canAdminsBypass !== false,
    reviewers: wanted.length > 0 ? wanted : null,
    deployment_branch_policy: policy
      ? {
          protected_branches: policy.protectedBranches,
          custom_branch_policies: policy.customBranchPolicies,
        }
      : null,
  };
}

function split(id: string): [string, string, string] {
  const [first = "", second = "", third = ""] = id.split(":");
  return [first, second, third];
}

const environment: ResourceType<GitHub> = {
  replaceOn: ["repository", "environment"],
  sets: ["reviewers.users", "reviewers.teams"],
  defaults: () => ({ canAdminsBypass: true, preventSelfReview: false }),
  check: checkEnvironment,
  create(github, inputs) {
    putEnvironment(github, String(inputs.repository), String(inputs.environment), environmentRequest(inputs));
    return `${inputs.repository}:${inputs.environment}`;
  },
  read(github, id, known) {
    const [repository, name] = split(id);
    const document = getEnvironment(github, repository, name);
    const rules = document.protection_rules;
    const wait = rules.find((rule) => rule.type === "wait_timer");
    const review = rules.find((rule) => rule.type === "required_reviewers");
    const ids = (type: "User" | "Team") =>
      review?.reviewers.filter((one) => one.type === type).map(({ reviewer }) => reviewer.id) ?? [];
    const policy = document.deployment_branch_policy;
    return {
      repository,
      environment: document.name,
      repositoryId: github.repository(repository).repository.id,
      canAdminsBypass: document.can_admins_bypass,
      waitTimer: wait?.wait_timer ?? 0,
      // The plugin never clears these two: reviewers taken away by hand stay in the state
      // (terraform-provider-github#3609, open in 6.13.0 of it).
      preventSelfReview: review?.prevent_self_review ?? known.preventSelfReview ?? false,
      reviewers: review ? [{ users: ids("User"), teams: ids("Team") }] : (known.reviewers ?? []),
      ...(policy && {
        deploymentBranchPolicy: {
          protectedBranches: policy.protected_branches,
          customBranchPolicies: policy.custom_branch_policies,
        },
      }),
    };
  },
  update(github, id, inputs) {
    const [repository, name] = split(id);
    putEnvironment(github, repository, name, environmentRequest(inputs));
  },
  delete(github, id) {
    const [repository, name] = split(id);
    deleteEnvironment(github, repository, name);
  },
};

function checkEnvironment({ waitTimer, reviewers }: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  if (typeof waitTimer === "number" && (waitTimer < 0 || waitTimer > 43_200)) {
    failures.push({ property: "waitTimer", reason: "expected wait_timer to be in the range (0 - 43200)" });
  }
  const [first] = (Array.isArray(reviewers) ? reviewers : []) as Reviewers[];
  const count = (first?.users?.length ?? 0) + (first?.teams?.length ?? 0);
  if (count > 6) {
    failures.push({
      property: "reviewers",
      reason: "a maximum of 6 reviewers (users and teams combined) can be set for an environment",
    });
  }
  return failures;
}

const policy: ResourceType<GitHub> = {
  failsWhenGone: ["delete"],
  replaceOn: ["repository", "environment", "tagPattern"],
  check: ({ branchPattern, tagPattern }) =>
    (branchPattern === undefined) === (tagPattern === undefined)
      ? [{ property: "branchPattern", reason: "exactly one of branchPattern and tagPattern must be set" }]
      : [],
  create(github, inputs) {
    const isBranch = inputs.branchPattern !== undefined;
    const created = createBranchPolicy(github, String(inputs.repository), String(inputs.environment), {
      name: String(isBranch ? inputs.branchPattern : inputs.tagPattern),
      type: isBranch ? "branch" : "tag",
    });
    return `${inputs.repository}:${inputs.environment}:${created.id}`;
  },
  read(github, id) {
    const [repository, name, number] = split(id);
    const document = getEnvironment(github, repository, name);
    const found = document.branch_policies.find((one) => one.id === Number(number));
    if (!found) return undefined;
    return {
      repository,
      environment: document.name,
      repositoryId: github.repository(repository).repository.id,
      policyId: found.id,
      [found.type === "branch" ? "branchPattern" : "tagPattern"]: found.name,
    };
  },
  update(github, id, inputs) {
    const [repository, name, number] = split(id);
    renameBranchPolicy(github, repository, name, Number(number), String(inputs.branchPattern));
  },
  delete(github, id) {
    const [repository, name, number] = split(id);
    deleteBranchPolicy(github, repository, name, Number(number));
  },
};

const VALUES = ["value", "valueEncrypted", "plaintextValue", "encryptedValue"];

/** real-plugins.md: names and values that the plugin refuses in a preview. */
function checkSecret(inputs: Properties): CheckFailure[] {
  const failures: CheckFailure[] = [];
  const given = VALUES.filter((name) => inputs[name] !== undefined);
  if (given.length !== 1 || given.some((name) => inputs[name] === "")) {
    failures.push({
      property: "value",
      reason: `exactly one of ${VALUES.join(", ")} must be set, and not be empty`,
    });
  }
  const { secretName: name } = inputs;
  if (typeof name === "string" && name !== UNKNOWN) {
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      failures.push({
        property: "secretName",
        reason:
          "secret names can only contain alphanumeric characters or underscores and must not start with a number",
      });
    }
    if (/^GITHUB_/i.test(name))
      failures.push({
        property: "secretName",
        reason: "secret names must not start with the GITHUB_ prefix",
      });
  }
  return failures;
}

/** One resource type for both places; only the environment's is deleted before it is replaced (the bridge says so). */
function secretType(
  place: (repository: string, environment: string) => SecretPlace,
  isEnvironment: boolean,
): ResourceType<GitHub> {
  const parse = (id: string): [SecretPlace, string] => {
    const parts = id.split(":");
    const name = parts.at(-1) ?? "";
    return [place(parts[0] ?? "", isEnvironment ? (parts[1] ?? "") : ""), name];
  };
  const put = (github: GitHub, at: SecretPlace, name: string, inputs: Properties) =>
    putSecret(github, at, name, String(inputs[VALUES.find((key) => inputs[key] !== undefined) ?? "value"]));
  return {
    failsWhenGone: ["delete"],
    replaceOn: isEnvironment ? ["environment", "secretName"] : ["secretName"],
    deleteBeforeReplace: isEnvironment,
    optionalComputed: ["keyId"],
    writeOnly: [...VALUES, "destroyOnDrift"],
    secretOutputs: VALUES,
    check: checkSecret,
    create(github, inputs) {
      const at = place(String(inputs.repository), String(inputs.environment));
      put(github, at, String(inputs.secretName), inputs);
      const names = isEnvironment ? [inputs.environment, inputs.secretName] : [inputs.secretName];
      return [inputs.repository, ...names].join(":");
    },
    read(github, id, known) {
      const [at, name] = parse(id);
      const document = getSecret(github, at, name);
      return {
        repository: at.repository,
        ...(at.environment && { environment: at.environment }),
        secretName: name,
        repositoryId: github.repository(at.repository).repository.id,
        keyId: "568250167242549743",
        createdAt: known.createdAt ?? document.created_at,
        // Ours; GitHub's is beside it. A secret overwritten by hand shows in the second alone, and the plugin does not
        // write it back (real-plugins.md, Surprises).
        updatedAt: known.updatedAt ?? document.updated_at,
        remoteUpdatedAt: document.updated_at,
      };
    },
    update(github, id, inputs) {
      const [at, name] = parse(id);
      put(github, at, name, inputs);
    },
    delete(github, id) {
      const [at, name] = parse(id);
      deleteSecret(github, at, name);
    },
  };
}

export const environmentTypes: Record<string, ResourceType<GitHub>> = {
  "github:index/repositoryEnvironment:RepositoryEnvironment": environment,
  "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": policy,
  "github:index/actionsSecret:ActionsSecret": secretType((repository) => ({ repository }), false),
  "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": secretType(
    (repository, environmentName) => ({ repository, environment: environmentName }),
    true,
  ),
};
