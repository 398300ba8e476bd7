/** The simulated GitHub as the github provider plugin shows it to the engine. */
import type { Cloud, ResourceType } from "../provider/declaration.ts";
import { CloudError } from "../provider/declaration.ts";
import type { Store } from "../store.ts";
import type { GitHubData } from "./store.ts";

interface Api {
  owner: string;
  store: Store<GitHubData>;
}

const branch: ResourceType<Api> = {
  replaceOn: ["repository", "branch", "sourceBranch", "sourceSha"],
  optionalComputed: ["sourceSha", "etag"],
  defaults: () => ({ sourceBranch: "main" }),
  create({ owner, store }, inputs) {
    const refs = store.data.refs[`${owner}/${inputs.repository}`];
    if (!refs) throw new CloudError(404, `GET /repos/${owner}/${inputs.repository}: 404 Not Found`);
    const source = refs[`refs/heads/${inputs.sourceBranch}`];
    if (!source) throw new CloudError(404, `GET git/ref/heads/${inputs.sourceBranch}: 404 Not Found`);
    refs[`refs/heads/${inputs.branch}`] ??= source;
    store.save();
    return `${inputs.repository}:${inputs.branch}`;
  },
  read({ owner, store }, id) {
    const [repository, name] = id.split(":");
    const sha = store.data.refs[`${owner}/${repository}`]?.[`refs/heads/${name}`];
    return sha
      ? {
          repository,
          branch: name,
          sourceBranch: "main",
          ref: `refs/heads/${name}`,
          sha,
          sourceSha: sha,
          etag: "x",
        }
      : undefined;
  },
  delete({ owner, store }, id) {
    const [repository, name] = id.split(":");
    delete store.data.refs[`${owner}/${repository}`]?.[`refs/heads/${name}`];
    store.save();
  },
};

export function githubCloud(store: Store<GitHubData>): Cloud<Api> {
  return {
    name: "github",
    connect: (config) => ({ owner: String(config.owner), store }),
    resources: { "github:index/branch:Branch": branch },
    functions: {},
  };
}
