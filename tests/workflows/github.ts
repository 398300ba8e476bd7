import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** Paths to texts. */
type Files = Record<string, string>;

interface Commit {
  files: Files;
  parents: string[];
  message: string;
}

interface PullRequest {
  number: number;
  head: string;
  base: string;
  title: string;
  body: string;
}

/** As much of GitHub as a proposal needs: one repository with commits, branches and pull requests, over HTTP. */
export class SmallGitHub {
  readonly branches = new Map<string, string>();
  readonly pulls: PullRequest[] = [];
  /** Method and path of each request that was not a question. */
  readonly writes: string[] = [];
  /** Answers this status to every write, when set. */
  refuses: number | undefined;
  /** Happens once, just before a branch is moved: somebody is faster. */
  beforeMove: (() => void) | undefined;
  url = "";
  readonly #commits = new Map<string, Commit>();
  readonly #trees = new Map<string, Files>();
  readonly #server = createServer(async (request, response) => {
    const body = await read(request);
    const { status, value } = this.#answer(request, body);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(value === undefined ? "" : JSON.stringify(value));
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Commits files on a branch, as somebody with git does. */
  commit(branch: string, files: Files, from?: string): string {
    const parent = this.branches.get(branch) ?? (from && this.branches.get(from));
    const before = parent ? this.#commits.get(parent)?.files : {};
    const sha = this.#store({
      files: { ...before, ...files },
      parents: parent ? [parent] : [],
      message: "by hand",
    });
    this.branches.set(branch, sha);
    return sha;
  }

  files(branch: string): Files {
    return this.#commits.get(this.branches.get(branch) ?? "")?.files ?? {};
  }

  /** Every commit that a branch holds. */
  history(branch: string): Set<string> {
    const seen = new Set<string>();
    const open = [this.branches.get(branch)];
    for (let sha = open.pop(); sha; sha = open.pop()) {
      if (seen.has(sha)) continue;
      seen.add(sha);
      open.push(...(this.#commits.get(sha)?.parents ?? []));
    }
    return seen;
  }

  #store(commit: Commit): string {
    const sha = hash([commit, this.#commits.size]);
    this.#commits.set(sha, commit);
    this.#trees.set(hash(commit.files), commit.files);
    return sha;
  }

  #answer(request: IncomingMessage, body: Record<string, unknown>): { status: number; value?: unknown } {
    const url = new URL(request.url ?? "", this.url);
    const path = decodeURIComponent(url.pathname).replace(/^\/api\/v3\/repos\/Basilakis\/kai\//, "");
    const missing = { status: 404, value: { message: "Not Found" } };
    if (request.headers.authorization !== "token t0ken")
      return { status: 401, value: { message: "Bad credentials" } };
    if (request.method !== "GET") {
      this.writes.push(`${request.method} ${path}`);
      if (this.refuses) return { status: this.refuses, value: { message: "refused" } };
    }
    const [, branch] = /^git\/refs?\/heads\/(.+)$/.exec(path) ?? [];
    if (request.method === "GET" && branch) {
      const sha = this.branches.get(branch);
      return sha ? { status: 200, value: { ref: path, object: { sha, type: "commit" } } } : missing;
    }
    if (request.method === "GET" && path.startsWith("contents/")) {
      const text = this.#commits.get(url.searchParams.get("ref") ?? "")?.files[
        path.slice("contents/".length)
      ];
      if (text === undefined) return missing;
      return { status: 200, value: { type: "file", content: Buffer.from(text).toString("base64") } };
    }
    if (request.method === "GET" && path.startsWith("git/commits/")) {
      const commit = this.#commits.get(path.slice("git/commits/".length));
      return commit ? { status: 200, value: { tree: { sha: hash(commit.files) } } } : missing;
    }
    if (request.method === "GET" && path === "pulls") {
      const head = url.searchParams.get("head")?.replace("Basilakis:", "");
      const found = this.pulls.filter(
        (pull) => pull.head === head && pull.base === url.searchParams.get("base"),
      );
      return { status: 200, value: found.map((pull) => this.#shown(pull)) };
    }
    return this.#write(`${request.method} ${path}`, branch, body) ?? missing;
  }

  #write(call: string, branch: string | undefined, body: Record<string, unknown>) {
    if (call === "POST git/trees") {
      const added = body.tree as { path: string; content: string }[];
      const base = this.#trees.get(String(body.base_tree));
      const files = { ...base, ...Object.fromEntries(added.map(({ path, content }) => [path, content])) };
      const sorted = Object.fromEntries(Object.entries(files).sort(([a], [b]) => a.localeCompare(b)));
      this.#trees.set(hash(sorted), sorted);
      return { status: 201, value: { sha: hash(sorted) } };
    }
    if (call === "POST git/commits") {
      const files = this.#trees.get(String(body.tree)) ?? {};
      const sha = this.#store({ files, parents: body.parents as string[], message: String(body.message) });
      return { status: 201, value: { sha } };
    }
    if (call === "POST git/refs") {
      this.branches.set(String(body.ref).replace("refs/heads/", ""), String(body.sha));
      return { status: 201, value: {} };
    }
    if (call.startsWith("PATCH git/refs/") && branch) {
      this.beforeMove?.();
      const isForward = this.#commits
        .get(String(body.sha))
        ?.parents.includes(this.branches.get(branch) ?? "");
      if (!isForward && body.force !== true)
        return { status: 422, value: { message: "Update is not a fast forward" } };
      this.branches.set(branch, String(body.sha));
      return { status: 200, value: {} };
    }
    if (call === "POST merges") return this.#merge(String(body.base), String(body.head));
    if (call === "POST pulls") {
      const pull = { number: this.pulls.length + 1, ...body } as unknown as PullRequest;
      this.pulls.push(pull);
      return { status: 201, value: this.#shown(pull) };
    }
    return undefined;
  }

  #merge(base: string, head: string) {
    const [into, from] = [this.branches.get(base), this.branches.get(head)];
    if (!into || !from) return { status: 404, value: { message: "Not Found" } };
    if (this.history(base).has(from)) return { status: 204 };
    const [ours, theirs] = [this.files(base), this.files(head)];
    const sha = this.#store({ files: { ...theirs, ...ours }, parents: [into, from], message: "Merge" });
    this.branches.set(base, sha);
    return { status: 201, value: { sha } };
  }

  #shown(pull: PullRequest) {
    return { number: pull.number, html_url: `${this.url}/Basilakis/kai/pull/${pull.number}` };
  }
}

function hash(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => a.localeCompare(b)))
      : part,
  );
  return createHash("sha1").update(text).digest("hex");
}

async function read(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const part of request) text += part;
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}
