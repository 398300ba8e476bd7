/** A simulated GitHub with its interface, for one test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { Octokit } from "@octokit/rest";
import { Faults } from "../../../sandbox/faults.ts";
import { GitHub } from "../../../sandbox/github/client.ts";
import type { Limits } from "../../../sandbox/github/http/limits.ts";
import { type GitHubServer, serveGitHub } from "../../../sandbox/github/http/server.ts";
import { issueToken } from "../../../sandbox/github/http/tokens.ts";
import { createRepository } from "../../../sandbox/github/repositories.ts";
import {
  type GitHubStore,
  openGitHub,
  type RepositoryRecord,
  type TokenDocument,
} from "../../../sandbox/github/store.ts";

/** The world's token in these tests. */
export const TOKEN = "ghp_of-the-world";
/** The login of the token that jobs get. */
export const BOT = "github-actions[bot]";

/** Octokit prints every refusal, and here most are what is asserted. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export interface Served {
  world: GitHubStore;
  server: GitHubServer;
  faults: Faults;
  /** Octokit as somebody; Basilakis with the world's token by default. */
  as(login?: string): Octokit;
  /** Octokit with a token of these rights. */
  with(grant: Partial<TokenDocument>): Octokit;
  /** A raw request; the answer's body is parsed where it is JSON. */
  raw(request: string, options?: RawOptions): Promise<RawAnswer>;
  record(fullName?: string): RepositoryRecord;
  /** The organization's repository, with the same people. */
  organizationRepository(): RepositoryRecord;
}

export interface RawOptions {
  headers?: Record<string, string>;
  body?: unknown;
  token?: string | null;
}

export interface RawAnswer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: documents of many shapes, each asserted by its test
  body: any;
}

/** Serves a fresh world until the test ends. */
export async function served(t: TestContext, limits?: Limits): Promise<Served> {
  const directory = mkdtempSync(join(tmpdir(), "kai-github-"));
  const world = openGitHub(join(directory, "github.json"), join(directory, "vault.json"));
  const faults = new Faults(join(directory, "faults.json"));
  const server = await serveGitHub({ world, token: TOKEN, faults, ...(limits && { limits }) });
  t.after(() => {
    server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  const octokit = (auth: string) => new Octokit({ auth, baseUrl: server.url, log: SILENT });
  const raw = (request: string, options: RawOptions = {}) => rawRequest(server.url, request, options);
  const record = (fullName = "basilakis/kai") => found(world, fullName);
  return {
    world,
    server,
    faults,
    raw,
    record,
    as: (login) => octokit(login === undefined ? TOKEN : String(server.tokens[login])),
    with: (grant) =>
      octokit(issueToken(world, { login: "Basilakis", permissions: {}, expires_at: null, ...grant })),
    organizationRepository: () => organizationRepository(world),
  };
}

function found(world: GitHubStore, fullName: string): RepositoryRecord {
  const record = world.store.data.repositories[fullName];
  if (!record) throw new Error(`there is no ${fullName}`);
  return record;
}

async function rawRequest(url: string, request: string, options: RawOptions): Promise<RawAnswer> {
  const [method = "GET", path = "/"] = request.split(" ");
  const { headers = {}, body, token = TOKEN } = options;
  const answer = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: { "User-Agent": "test", ...(token && { Authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("application/json");
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}

function organizationRepository(world: GitHubStore): RepositoryRecord {
  const record = createRepository(new GitHub(world, "kai-platform", "token"), {
    name: "kai",
    auto_init: true,
  });
  for (const login of ["eleni-dev", "nikos-ops"]) {
    const { id } = world.store.data.accounts[login] ?? { id: 0 };
    record.collaborators.push({ login, id, role_name: "write" });
  }
  return record;
}
