/** `git clone`, `fetch` and `push` over HTTP (git-scm.com/docs/http-protocol), with the rules enforced. */
import { gunzipSync } from "node:zlib";
import { canWrite } from "../../../../github/decisions/actor.ts";
import type { GitHub } from "../../client.ts";
import type { RepositoryRecord } from "../../store.ts";
import type { Answer } from "../route.ts";
import { git, inBare, takeIn } from "./bare.ts";
import { band, FLUSH, line, untilFlush } from "./lines.ts";
import { type Command, type Declined, NONE, pushRef } from "./push.ts";

/** A request that git made. */
export interface GitRequest {
  owner: string;
  name: string;
  service: "git-upload-pack" | "git-receive-pack";
  /** Asking for the refs, before anything is sent. */
  isAdvertisement: boolean;
}

/** The request that an address is; undefined where git did not make it. */
export function gitRequest(address: URL): GitRequest | undefined {
  const [, owner, name, rest] =
    /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(address.pathname) ??
    [];
  if (owner === undefined || name === undefined) return undefined;
  const isAdvertisement = rest === "info/refs";
  const service = isAdvertisement ? address.searchParams.get("service") : rest;
  if (service !== "git-upload-pack" && service !== "git-receive-pack") return undefined;
  return { owner, name, service, isAdvertisement };
}

/** @param protocol the header Git-Protocol */
export async function answerGit(
  github: GitHub,
  request: GitRequest,
  body: { content: Buffer; encoding: string | undefined },
  protocol: string | undefined,
): Promise<Answer> {
  const { service, isAdvertisement, name } = request;
  const isPush = service === "git-receive-pack";
  const record = github.data.repositories[`${request.owner}/${name}`.toLowerCase()];
  // Git asks again with a password after 401.
  if (!github.grant && (isPush || !record || record.repository.private)) return signIn();
  if (!record || !github.sees(record)) return plain(404, "Repository not found.");
  if (isPush && !mayPush(github, record)) {
    return plain(403, `Permission to ${record.repository.full_name}.git denied to ${github.login}.`);
  }
  const content = body.encoding === "gzip" ? gunzipSync(body.content) : body.content;
  if (isAdvertisement && isPush) return sent(service, "advertisement", advertised(record));
  if (isPush) return sent(service, "result", await receive(github, record, content));
  const args = ["upload-pack", "--stateless-rpc", ...(isAdvertisement ? ["--advertise-refs"] : []), "."];
  const answer = await inBare(record, (folder) =>
    git(folder, args, content, { GIT_PROTOCOL: protocol ?? "" }),
  );
  if (!isAdvertisement) return sent(service, "result", answer);
  return sent(service, "advertisement", Buffer.concat([line(`# service=${service}\n`), FLUSH, answer]));
}

function mayPush(github: GitHub, record: RepositoryRecord): boolean {
  const { grant } = github;
  const hasRight = grant?.scopes
    ? grant.scopes.includes("repo") || grant.scopes.includes("public_repo")
    : grant?.permissions.contents === "write";
  return hasRight && canWrite(github.roleIn(record)) && !record.repository.archived;
}

const CAPABILITIES =
  "report-status delete-refs side-band-64k ofs-delta object-format=sha1 agent=git/github-simulated";

function advertised({ refs }: RepositoryRecord): Buffer {
  const all = Object.values(refs).map(({ ref, object }) => `${object.sha} ${ref}`);
  const [first = `${NONE} capabilities^{}`, ...rest] = all.sort((a, b) =>
    a.slice(41) < b.slice(41) ? -1 : 1,
  );
  const lines = [`${first}\0${CAPABILITIES}`, ...rest].map((text) => line(`${text}\n`));
  return Buffer.concat([line("# service=git-receive-pack\n"), FLUSH, ...lines, FLUSH]);
}

async function receive(github: GitHub, record: RepositoryRecord, content: Buffer): Promise<Buffer> {
  const { lines, rest: pack } = untilFlush(content);
  // Git tries out with an empty request whether it may.
  if (lines.length === 0) return Buffer.alloc(0);
  const commands = lines.map(commandOf);
  const wanted = commands.map(({ after }) => after).filter((after) => after !== NONE);
  let problem: string | undefined;
  try {
    if (wanted.length > 0) await inBare(record, (folder) => takeIn(record, folder, pack, wanted));
  } catch (error) {
    problem = (error as Error).message.split("\n")[0];
  }
  const results = commands.map((command) => ({
    command,
    declined: problem === undefined ? pushRef(github, record, command) : { reason: "unpacker error" },
  }));
  return report(problem, results);
}

function commandOf(content: Buffer): Command {
  const [text = ""] = content.toString("utf8").split("\0");
  const [before = "", after = "", ref = ""] = text.trim().split(" ");
  return { before, after, ref };
}

function report(
  problem: string | undefined,
  results: { command: Command; declined: Declined | undefined }[],
): Buffer {
  const remote = results.map(({ declined }) => declined?.remote).filter((text) => text !== undefined);
  const lines = results.map(({ command, declined }) =>
    line(declined ? `ng ${command.ref} ${declined.reason}\n` : `ok ${command.ref}\n`),
  );
  const status = Buffer.concat([line(`unpack ${problem ?? "ok"}\n`), ...lines, FLUSH]);
  return Buffer.concat([...remote.map((text) => band(2, Buffer.from(`${text}\n`))), band(1, status), FLUSH]);
}

function sent(service: GitRequest["service"], kind: "advertisement" | "result", content: Buffer): Answer {
  return {
    status: 200,
    raw: { type: `application/x-${service}-${kind}`, content },
    headers: { "Cache-Control": "no-cache" },
  };
}

function plain(status: number, text: string): Answer {
  return { status, raw: { type: "text/plain; charset=utf-8", content: Buffer.from(`${text}\n`) } };
}

/** Git asks for a name and a password by this, or gives up where it has sent one. */
export function signIn(): Answer {
  return {
    ...plain(401, "Authentication required."),
    headers: { "WWW-Authenticate": 'Basic realm="GitHub"' },
  };
}
