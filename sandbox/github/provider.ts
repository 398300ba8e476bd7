/** The simulated GitHub as the github provider plugin shows it to the engine. */
import { type Cloud, CloudError, type InvokeFunction } from "../provider/declaration.ts";
import { GitHub, needRulesPlan, refuse, roleOf } from "./client.ts";
import { entryAt } from "./git/objects.ts";
import { environmentTypes } from "./plugin/environments.ts";
import { repositoryOutputs, repositoryTypes } from "./plugin/repository.ts";
import { ruleTypes } from "./plugin/rules.ts";
import { getBranch } from "./refs.ts";
import { type GitHubStore, now } from "./store.ts";

/** terraform-provider-github, data_source_github_user.go: 404 is an error. */
const getUser: InvokeFunction<GitHub> = (github, { username }) => {
  const account = github.account(String(username)) ?? refuse(`GET /users/${username}`, 404, "Not Found");
  return {
    id: String(account.id),
    login: account.login,
    username,
    name: account.name ?? "",
    nodeId: account.node_id,
    avatarUrl: `https://avatars.githubusercontent.com/u/${account.id}`,
    siteAdmin: false,
    gpgKeys: [],
    sshKeys: [],
    createdAt: account.created_at,
    updatedAt: account.updated_at,
  };
};

/** data_source_github_repository.go: 404 is an answer without content, not an error. */
const getRepository: InvokeFunction<GitHub> = (github, { name, fullName }) => {
  const [owner, repository] = fullName ? String(fullName).split("/") : [github.owner, String(name)];
  const record = Object.values(github.data.repositories).find(
    (candidate) => candidate.repository.full_name.toLowerCase() === `${owner}/${repository}`.toLowerCase(),
  );
  if (!record) return { id: "", name: name ?? "", fullName: fullName ?? "" };
  return { id: record.repository.name, ...repositoryOutputs(record), fork: false, pages: [], templates: [] };
};

const getBranchFunction: InvokeFunction<GitHub> = (github, { repository, branch }) => {
  const { ref, object } = getBranch(github, String(repository), String(branch));
  return { id: `${repository}:${branch}`, repository, branch, ref, sha: object.sha, etag: "" };
};

/** Documents of GitHub that somebody asks for by path; undefined where it answers 404. */
const DOCUMENTS: readonly (readonly [RegExp, (github: GitHub, name: string, rest: string) => unknown])[] = [
  [/^repos\/[^/]+\/([^/]+)\/rulesets$/, rulesetList],
  [/^repos\/[^/]+\/([^/]+)\/collaborators$/, people],
  [/^repos\/[^/]+\/([^/]+)\/contents\/(.*)$/, file],
  [/^orgs\/([^/]+)$/, (github, name) => github.account(name)],
];

/** The list has neither conditions nor rules (docs.github.com/rest/repos/rules#get-all-repository-rulesets). */
function rulesetList(github: GitHub, name: string): unknown {
  const record = github.repository(name);
  needRulesPlan(github, record, `GET ${github.path(name)}/rulesets`);
  return record.rulesets.map(({ rules: _, conditions: __, ...summary }) => summary);
}

/** In an organization its members too (docs.github.com/rest/collaborators). */
function people(github: GitHub, name: string): unknown {
  const record = github.repository(name);
  const members = Object.keys(github.account(github.owner)?.members ?? {});
  const logins = new Set([...record.collaborators.map(({ login }) => login), ...members]);
  return [...logins].map((login) => ({ login, role_name: roleOf(github.data, record, login) }));
}

function file(github: GitHub, name: string, path: string): unknown {
  const record = github.repository(name);
  const head = record.refs[`refs/heads/${record.repository.default_branch}`]?.object.sha;
  return entryAt(record, record.commits[head ?? ""]?.tree ?? "", path);
}

/** data_source_github_rest_api.go: what GitHub answers, also a 404's document; every other refusal is an error. */
const getRestApi: InvokeFunction<GitHub> = (github, { endpoint }) => {
  const [path = ""] = String(endpoint).split("?");
  const body = documentAt(github, path);
  return {
    id: "rest",
    endpoint,
    code: body === undefined ? 404 : 200,
    status: body === undefined ? "404 Not Found" : "200 OK",
    headers: "{}",
    body: JSON.stringify(body ?? { message: "Not Found", status: "404" }),
  };
};

function documentAt(github: GitHub, path: string): unknown {
  for (const [pattern, answer] of DOCUMENTS) {
    const [matched, name = "", rest = ""] = pattern.exec(path) ?? [];
    if (matched === undefined) continue;
    try {
      return answer(github, name, rest);
    } catch (error) {
      if (error instanceof CloudError && error.status === 404) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** @param world what `openGitHub` opened */
export function githubCloud(world: GitHubStore): Cloud<GitHub> {
  return {
    name: "github",
    connect: ({ owner, token }) => {
      const { login, expires_at } = world.store.data.token;
      const name = String(owner ?? login);
      // The plugin's first question, whoever the owner is (real-plugins.md, Configure).
      if (token && expires_at !== null && expires_at < now())
        refuse(`GET /orgs/${name}`, 401, "Bad credentials");
      return new GitHub(world, name, token ? String(token) : undefined);
    },
    resources: { ...repositoryTypes, ...ruleTypes, ...environmentTypes },
    functions: {
      "github:index/getUser:getUser": getUser,
      "github:index/getRepository:getRepository": getRepository,
      "github:index/getBranch:getBranch": getBranchFunction,
      "github:index/getRestApi:getRestApi": getRestApi,
    },
  };
}
