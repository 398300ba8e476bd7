/** Releases, without files. */
import { refuse } from "../../client.ts";
import type { ReleaseDocument } from "../../kept.ts";
import { createRef } from "../../refs.ts";
import { nodeId, now } from "../../store.ts";
import { simpleUser } from "../bodies/accounts.ts";
import { apiOf } from "../bodies/git.ts";
import { type Call, ok, R, type Routes, shows } from "../route.ts";
import { shelf } from "../shelf.ts";

/** docs.github.com/rest/releases: a published release makes the tag that is not there yet. */
function tag(
  { github, params, record }: Call,
  { tag_name, target_commitish, draft }: ReleaseDocument,
  request: string,
) {
  const { refs } = record();
  const ref = `refs/tags/${tag_name}`;
  if (draft || refs[ref]) return;
  const sha = refs[`refs/heads/${target_commitish}`]?.object.sha ?? target_commitish;
  if (!record().commits[sha]) refuse(request, 422, "Validation Failed", ["target_commitish is invalid"]);
  createRef(github, params.repo ?? "", ref, sha);
}

const releases = shelf<ReleaseDocument>({
  path: `${R}/releases`,
  key: "release_id",
  permission: "contents",
  isPublic: true,
  all: (record) => record.releases,
  is: (release, id) => release.id === Number(id),
  make(call, request) {
    const { github, record, body: wanted } = call;
    if (record().releases.some(({ tag_name }) => tag_name === wanted.tag_name))
      refuse(request, 422, "Validation Failed", ["tag_name already_exists"]);
    const { tag_name, name = null, body = null, draft = false, prerelease = false } = wanted;
    const target_commitish = wanted.target_commitish ?? record().repository.default_branch;
    const at = now();
    const times = { created_at: at, published_at: draft ? null : at };
    const texts = { tag_name, target_commitish, name, body };
    const release = { id: github.nextId(), ...texts, draft, prerelease, author: github.login, ...times };
    tag(call, release, request);
    return release;
  },
  change(release, call, request) {
    const { tag_name, target_commitish, name, body, draft, prerelease } = { ...release, ...call.body };
    const published_at = draft ? null : (release.published_at ?? now());
    Object.assign(release, { tag_name, target_commitish, name, body, draft, prerelease, published_at });
    tag(call, release, request);
  },
  body: releaseBody,
});

function releaseBody(call: Call, release: ReleaseDocument) {
  const { github, links, record } = call;
  const api = apiOf(call.place());
  const html = `${links.html}/${record().repository.full_name}/releases`;
  const url = `${api}/releases/${release.id}`;
  return {
    ...release,
    author: simpleUser(github, links, release.author),
    node_id: nodeId("RE", release.id),
    url,
    html_url: `${html}/tag/${encodeURIComponent(release.tag_name)}`,
    assets_url: `${url}/assets`,
    upload_url: `${url}/assets{?name,label}`,
    tarball_url: `${api}/tarball/${release.tag_name}`,
    zipball_url: `${api}/zipball/${release.tag_name}`,
    assets: [],
  };
}

function found(call: Call, is: (release: ReleaseDocument) => boolean) {
  const release = call.record().releases.findLast((one) => !one.draft && is(one));
  const request = `GET ${call.github.path(call.params.repo ?? "")}/releases`;
  return ok(releaseBody(call, release ?? refuse(request, 404, "Not Found")));
}

export const releaseRoutes: Routes = {
  ...releases,
  [`GET ${R}/releases/latest`]: shows("contents", (call) => found(call, ({ prerelease }) => !prerelease)),
  [`GET ${R}/releases/tags/{tag}`]: shows("contents", (call) =>
    found(call, ({ tag_name }) => tag_name === call.params.tag),
  ),
};
