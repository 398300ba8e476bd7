/** The simulated Vercel as the vercel provider plugin shows it to the engine (pulumiverse/vercel 5.4). */
import { VERCEL_FRAMEWORKS } from "../../settings/known.ts";
import { type CheckFailure, type Cloud, CloudError, type ResourceType } from "../provider/declaration.ts";
import { type Properties, UNKNOWN } from "../provider/values.ts";
import {
  addDomain,
  createProject,
  createVariable,
  deleteProject,
  deleteVariable,
  project,
  removeDomain,
  team,
  updateDomain,
  updateProject,
  updateVariable,
} from "./api.ts";
import type { DomainDocument, ProjectDocument, VariableDocument, Vercel, VercelAccount } from "./store.ts";

/** Names of settings that differ between the provider and the REST API. */
const apiNames: Record<string, string> = {
  automaticallyExposeSystemEnvironmentVariables: "autoExposeSystemEnvs",
  functionFailover: "serverlessFunctionZeroConfigFailover",
  gitLfs: "gitLFS",
  gitRepository: "link",
  ignoreCommand: "commandForIgnoringBuildStep",
  prioritiseProductionBuilds: "productionDeploymentsFastLane",
  vercelAuthentication: "ssoProtection",
};
const providerNames = Object.fromEntries(Object.entries(apiNames).map(([ours, theirs]) => [theirs, ours]));

/** Settings that Vercel chooses where the program is silent; the plugin then plans no change of them. */
const chosenByVercel = [
  "autoAssignCustomDomains",
  "automaticallyExposeSystemEnvironmentVariables",
  "buildMachineType",
  "customerSuccessCodeVisibility",
  "directoryListing",
  "enableAffectedProjectsDeployments",
  "enablePreviewFeedback",
  "enableProductionFeedback",
  "functionFailover",
  "gitForkProtection",
  "gitLfs",
  "gitProviderOptions",
  "nodeVersion",
  "oidcTokenConfig",
  "onDemandConcurrentBuilds",
  "previewComments",
  "previewDeploymentsDisabled",
  "prioritiseProductionBuilds",
  "protectedSourcemaps",
  "resourceConfig",
  "serverlessFunctionRegion",
  "teamId",
  "vercelAuthentication",
];

const known = (value: unknown): value is string => typeof value === "string" && value !== UNKNOWN;

/** Import ids are `team/project/id` or shorter. */
const importedId = (_api: Vercel, id: string): string => id.split("/").at(-1) ?? id;

function settings(inputs: Properties): Properties {
  const { name: _name, teamId: _team, ...rest } = inputs;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [apiNames[key] ?? key, value]));
}

/** Deployments that visitors must sign in for; the plugin knows these alone (docs of `vercelAuthentication`). */
const protectionTypes = [
  "standard_protection_new",
  "standard_protection",
  "all_deployments",
  "only_preview_deployments",
  "none",
];

function protectionFailures(authentication: unknown): CheckFailure[] {
  const type = (authentication as { deploymentType?: unknown } | undefined)?.deploymentType;
  return known(type) && !protectionTypes.includes(type)
    ? [
        {
          property: "vercelAuthentication.deploymentType",
          reason: `must be one of ${protectionTypes.join(", ")}`,
        },
      ]
    : [];
}

const projectResource: ResourceType<Vercel> = {
  replaceOn: ["teamId"],
  optionalComputed: chosenByVercel,
  importedId,
  defaults: (_inputs, context) => ({ name: context.oldInputs?.name ?? `${context.name}-${context.suffix}` }),
  check: ({ name, framework, vercelAuthentication }) => [
    ...protectionFailures(vercelAuthentication),
    ...(known(name) && !/^[a-z0-9-]{1,52}$/.test(name)
      ? [{ property: "name", reason: "must be at most 52 lowercase alphanumeric characters and hyphens" }]
      : []),
    // The plugin asks for the list of frameworks in a preview.
    ...(known(framework) && !VERCEL_FRAMEWORKS.includes(framework)
      ? [
          {
            property: "framework",
            reason: `Invalid Framework: the framework ${framework} is not supported on Vercel`,
          },
        ]
      : []),
  ],
  create: (api, inputs) => createProject(api, String(inputs.name), settings(inputs)),
  read(api, id) {
    const found = project(api, id);
    return { ...projectOutputs(found), teamId: found.accountId };
  },
  update(api, id, inputs, { oldInputs = {} }) {
    const removed = Object.keys(settings(oldInputs)).filter((key) => !(key in settings(inputs)));
    const cleared = Object.fromEntries(removed.map((key) => [key, null]));
    updateProject(api, id, { ...cleared, ...settings(inputs), name: inputs.name });
  },
  delete: (api, id) => deleteProject(api, id),
};

function projectOutputs({ id: _id, accountId: _team, createdAt: _at, ...rest }: ProjectDocument): Properties {
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [providerNames[key] ?? key, value]));
}

const targets = ["production", "preview", "development"];

const variableResource: ResourceType<Vercel> = {
  // `sensitive` and `key` cannot be changed: the plugin replaces the variable, new one first.
  replaceOn: ["key", "sensitive", "customEnvironmentIds", "projectId", "teamId"],
  optionalComputed: ["teamId"],
  secretOutputs: ["value"],
  // The API answers the value of those variables alone that are not sensitive.
  writeOnly: ["value", "valueWo"],
  sets: ["targets", "customEnvironmentIds"],
  importedId,
  check: (inputs) => {
    const wanted = (inputs.targets as string[] | undefined) ?? [];
    const wrong = wanted.filter((target) => target !== UNKNOWN && !targets.includes(target));
    return [
      ...wrong.map((target) => ({
        property: "targets",
        reason: `value must be one of: ${JSON.stringify(targets)}, got: "${target}"`,
      })),
      ...(wanted.length === 0 && inputs.customEnvironmentIds === undefined
        ? [{ property: "targets", reason: "at least one of `target`, `custom_environment_ids` must be set" }]
        : []),
      ...((inputs.value === undefined) === (inputs.valueWo === undefined)
        ? [{ property: "value", reason: "exactly one of `value` or `value_wo` is required" }]
        : []),
      ...(inputs.sensitive === true && wanted.includes("development")
        ? [{ property: "sensitive", reason: "sensitive variables cannot target development" }]
        : []),
    ];
  },
  create: (api, inputs) => createVariable(api, variableDocument(inputs)),
  read(api, id) {
    const found = api.store.data.variables[id];
    return (
      found && {
        projectId: found.projectId,
        key: found.key,
        targets: found.target,
        sensitive: found.type === "sensitive",
        comment: found.comment,
        gitBranch: found.gitBranch,
        customEnvironmentIds: found.customEnvironmentIds,
        teamId: api.team.id,
        value: found.value,
      }
    );
  },
  update: (api, id, inputs) => updateVariable(api, id, variableDocument(inputs)),
  delete: (api, id) => deleteVariable(api, id),
};

function variableDocument(inputs: Properties): Omit<VariableDocument, "id"> {
  return {
    projectId: String(inputs.projectId),
    key: String(inputs.key),
    type: inputs.sensitive === true ? "sensitive" : "encrypted",
    target: (inputs.targets as string[] | undefined) ?? [],
    value: String(inputs.value ?? inputs.valueWo),
    ...(inputs.comment !== undefined && { comment: String(inputs.comment) }),
    ...(inputs.gitBranch !== undefined && { gitBranch: String(inputs.gitBranch) }),
    ...(inputs.customEnvironmentIds !== undefined && {
      customEnvironmentIds: inputs.customEnvironmentIds as string[],
    }),
  };
}

const domainResource: ResourceType<Vercel> = {
  replaceOn: ["domain", "projectId", "teamId"],
  optionalComputed: ["teamId"],
  writeOnly: ["waitForReady"],
  importedId,
  check: ({ redirectStatusCode }) =>
    redirectStatusCode !== undefined && ![301, 302, 307, 308].includes(Number(redirectStatusCode))
      ? [{ property: "redirectStatusCode", reason: "value must be one of: 301, 302, 307, 308" }]
      : [],
  create(api, inputs) {
    const name = String(inputs.domain);
    addDomain(api, { name, projectId: String(inputs.projectId), verified: true, ...domainSettings(inputs) });
    return name;
  },
  read(api, id) {
    const found = api.store.data.domains[id];
    return (
      found && {
        domain: found.name,
        projectId: found.projectId,
        gitBranch: found.gitBranch,
        redirect: found.redirect,
        redirectStatusCode: found.redirectStatusCode,
        customEnvironmentId: found.customEnvironmentId,
        teamId: api.team.id,
        verified: found.verified,
        verifications: [],
      }
    );
  },
  update: (api, id, inputs) => updateDomain(api, id, domainSettings(inputs)),
  delete: (api, id) => removeDomain(api, id),
};

function domainSettings(
  inputs: Properties,
): Pick<DomainDocument, "gitBranch" | "redirect" | "redirectStatusCode"> {
  return {
    gitBranch: (inputs.gitBranch as string | undefined) ?? null,
    redirect: (inputs.redirect as string | undefined) ?? null,
    redirectStatusCode: (inputs.redirectStatusCode as number | undefined) ?? null,
  };
}

/** data_source_project.go: an error where the team has no project of the name. */
function projectByName(api: Vercel, { name }: Properties): Properties {
  const found = project(api, String(name));
  const variables = Object.values(api.store.data.variables).filter(({ projectId }) => projectId === found.id);
  return {
    ...projectOutputs(found),
    id: found.id,
    teamId: found.accountId,
    environments: variables.map(({ id, key, target, type }) => ({
      id,
      key,
      targets: target,
      sensitive: type === "sensitive",
    })),
  };
}

/** Serves the account of `openVercel`. */
export function vercelCloud(account: VercelAccount): Cloud<Vercel> {
  return {
    name: "vercel",
    connect({ apiToken = account.token, team: slugOrId }) {
      // The plugin refuses other tokens before it asks Vercel.
      if (!/[A-Za-z0-9]{24}/.test(String(apiToken)))
        throw new CloudError(400, "Invalid API token: it must contain 24 alphanumeric characters");
      if (typeof slugOrId !== "string" || slugOrId === "")
        throw new CloudError(400, "the sandbox has no personal account: set `team` of the provider");
      return { ...account, team: team(account, slugOrId) };
    },
    resources: {
      "vercel:index/project:Project": projectResource,
      "vercel:index/projectDomain:ProjectDomain": domainResource,
      "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": variableResource,
    },
    functions: { "vercel:index/getProject:getProject": projectByName },
  };
}
