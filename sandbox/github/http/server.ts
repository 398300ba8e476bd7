/**
 * The simulated GitHub's interface on a local port: the same documents and functions as the provider face, in the paths
 * and words of the real one, with and without `/api/v3` as GitHub Enterprise Server has it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, ListenOptions } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "../../faults.ts";
import { GitHub, Refusal, refuse } from "../client.ts";
import type { GitHubStore, TokenDocument } from "../store.ts";
import { refuseUnreadable } from "./access.ts";
import { errorAnswer, paged } from "./answers.ts";
import type { Place } from "./bodies/git.ts";
import { type Match, officialDescription } from "./description.ts";
import { type Exchange, publicAddress, readBody, readContent, refuseWrongHeaders, send } from "./exchange.ts";
import { answerGit, type GitRequest, gitRequest, signIn } from "./git/server.ts";
import { answerGraphql } from "./graphql/server.ts";
import { Limits, limitHeaders, limitsBody, type Remaining } from "./limits.ts";
import type { Answer, Call, Route } from "./route.ts";
import { routes } from "./routes/index.ts";
import { type SealedBox, sealedBox } from "./sealed-box.ts";
import { identify, rightsHeaders, tokensForAll } from "./tokens.ts";
import { broken, faultAnswer, limitAnswer, notFound } from "./trouble.ts";

/** A served GitHub. */
export interface GitHubServer {
  /** Where it is: `http://127.0.0.1:PORT`. */
  url: string;
  /** A token of each person and of the Actions app, by login. */
  tokens: Record<string, string>;
  stop(): void;
}

/** What the interface is served with. */
export interface GitHubServerOptions {
  world: GitHubStore;
  /** The world's own token. */
  token: string;
  faults: Faults;
  limits?: Limits;
  /** Where it was last time, and is again unless something else took the port; default: a free one. */
  port?: number;
  /** A file where the same is served, for `gh`, which speaks to no port of this machine (its `http_unix_socket`). */
  socket?: string;
}

/** Starts the interface on a port of 127.0.0.1. */
export async function serveGitHub(options: GitHubServerOptions): Promise<GitHubServer> {
  const face = new Interface(options, await sealedBox(options.token));
  const server = await onPort(face, options.port ?? 0);
  const local = options.socket === undefined ? undefined : await listening(face, { path: options.socket });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens: tokensForAll(options.world, options.token),
    stop() {
      for (const one of [server, local]) {
        one?.close();
        one?.closeAllConnections();
      }
    },
  };
}

async function onPort(face: Interface, port: number): Promise<Server> {
  const host = "127.0.0.1";
  try {
    return await listening(face, { port, host });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return listening(face, { port: 0, host });
  }
}

function listening(face: Interface, where: ListenOptions): Promise<Server> {
  const server = createServer((request, response) => {
    face.serve(request, response).catch(() => request.socket.destroy());
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(where, () => resolve(server));
  });
}

class Interface {
  readonly #options: GitHubServerOptions;
  readonly #box: SealedBox;
  readonly #limits: Limits;
  readonly #description = officialDescription();

  constructor(options: GitHubServerOptions, box: SealedBox) {
    this.#options = options;
    this.#box = box;
    this.#limits = options.limits ?? new Limits();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = this.exchange(request);
    const match = this.#description.match(exchange.method, exchange.address.pathname);
    const fault = this.#options.faults.next("github", operationOf(exchange.method), match?.key ?? "");
    if (fault === "kill") this.#options.faults.kill();
    if (fault === "timeout") await sleep(1000);
    if (fault === "timeout" || fault === "cut") {
      request.socket.destroy();
      return;
    }
    const grant = grantOf(exchange);
    const { pathname } = exchange.address;
    const resource = pathname === "/graphql" ? "graphql" : "core";
    // rate-limits-for-the-rest-api: asking for one's limit costs nothing.
    const left = this.#limits.count(grant, resource, pathname === "/rate_limit" ? 0 : 1);
    const answer = faultAnswer(fault, grant) ?? (await this.answer(exchange, match, left));
    if (fault === "lost-answer") {
      request.socket.destroy();
      return;
    }
    const needs = match && routes[match.key]?.needs;
    const status = send(exchange, response, answer, {
      ...limitHeaders(left),
      ...rightsHeaders(grant, needs),
    });
    // best-practices-for-using-the-rest-api: 304 does not count.
    if (status === 304) this.#limits.count(grant, resource, -1);
  }

  private exchange(request: IncomingMessage): Exchange {
    const host = request.headers.host ?? "127.0.0.1";
    const address = new URL(request.url ?? "/", `http://${host}`);
    const prefix = address.pathname.startsWith("/api/v3") ? "/api/v3" : "";
    // The GraphQL interface of an Enterprise Server lies beside, not below, the other one.
    const path = address.pathname === "/api/graphql" ? "/graphql" : address.pathname.slice(prefix.length);
    address.pathname = this.byId(path || "/");
    const identity = identify(this.#options.world, request.headers.authorization, this.#options.token);
    return { request, address, prefix, method: request.method ?? "GET", identity };
  }

  /** The same by numbers, as go-github has it: environments' secrets below `/repositories/{id}`, a team below its own. */
  private byId(path: string): string {
    const [, id, rest = ""] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
    const records = Object.values(this.#options.world.store.data.repositories);
    const found = records.find(({ repository }) => String(repository.id) === id);
    if (found) return `/repos/${found.repository.full_name}${rest}`;
    const [, org, number, below = ""] = /^\/organizations\/(\d+)\/team\/(\d+)(\/.*)?$/.exec(path) ?? [];
    const account = Object.values(this.#options.world.store.data.accounts).find(
      (one) => String(one.id) === org,
    );
    const team = account?.teams?.find((one) => String(one.id) === number);
    return account && team ? `/orgs/${account.login}/teams/${team.slug}${below}` : path;
  }

  private async answer(exchange: Exchange, match: Match | undefined, left: Remaining): Promise<Answer> {
    try {
      const git = gitRequest(exchange.address);
      if (git) return await this.git(exchange, git);
      const body = await readBody(exchange.request);
      refuseWrongHeaders(exchange);
      if (left.used > left.limit) return limitAnswer(grantOf(exchange));
      const own = await this.ownAnswer(exchange, body, left);
      if (own) return own;
      const route = match && routes[match.key];
      if (!match || !route) return notFound();
      const moved = this.moved(match, exchange);
      return this.checked(match, exchange, moved ?? (await this.run(match, route, exchange, body)));
    } catch (error) {
      if (!(error instanceof Refusal)) {
        return broken(error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      const answer = errorAnswer(error, this.#description, match?.key);
      return match ? this.checked(match, exchange, answer) : answer;
    }
  }

  private async git(exchange: Exchange, git: GitRequest): Promise<Answer> {
    const { headers } = exchange.request;
    if (exchange.identity === "unknown") return signIn();
    const body = { content: await readContent(exchange.request), encoding: headers["content-encoding"] };
    return answerGit(
      this.client(exchange, git.owner),
      git,
      body,
      headers["git-protocol"] as string | undefined,
    );
  }

  /** What is about the interface itself. */
  private async ownAnswer(exchange: Exchange, body: unknown, left: Remaining): Promise<Answer | undefined> {
    switch (exchange.address.pathname) {
      case "/graphql":
        if (exchange.identity === "anonymous") {
          refuse("POST /graphql", 401, "This endpoint requires you to be authenticated.");
        }
        return answerGraphql(this.client(exchange, ""), body);
      case "/":
        return { status: 200, body: { current_user_url: `${exchange.address.origin}/user` } };
      case "/rate_limit":
        return { status: 200, body: limitsBody(left) };
      case "/meta":
        return {
          status: 200,
          body: { verifiable_password_authentication: false, installed_version: "3.17.0" },
        };
      default:
        return undefined;
    }
  }

  /** best-practices-for-using-the-rest-api#follow-redirects: 301 for reading, 307 for the rest, to the number's address. */
  private moved({ params }: Match, exchange: Exchange): Answer | undefined {
    const { repositories, renamed } = this.#options.world.store.data;
    const key = `${params.owner}/${params.repo}`.toLowerCase();
    const present = repositories[key] ? undefined : repositories[renamed[key] ?? ""];
    if (!present) return undefined;
    const url = publicAddress(exchange);
    const rest = exchange.address.pathname.split("/").slice(4).join("/");
    url.pathname = `${exchange.prefix}/repositories/${present.repository.id}${rest && `/${rest}`}`;
    const isRead = operationOf(exchange.method) === "read";
    const message = isRead ? "Moved Permanently" : "Temporary Redirect";
    const body = {
      message,
      url: url.href,
      documentation_url:
        "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    };
    return { status: isRead ? 301 : 307, body, headers: { Location: url.href } };
  }

  private async run(match: Match, route: Route, exchange: Exchange, body: unknown): Promise<Answer> {
    const request = `${exchange.method} ${exchange.address.pathname}`;
    const problem = this.#description.bodyProblem(match.key, body);
    if (problem) refuse(request, 422, problem);
    const call = this.call(match, exchange, body);
    const { needs } = route;
    const { repo } = match.params;
    if (needs?.level === "read" && repo !== undefined) refuseUnreadable(call.github, repo, needs, request);
    return paged(await route.run(call), publicAddress(exchange));
  }

  private client(exchange: Exchange, owner: string): GitHub {
    const grant = grantOf(exchange);
    return new GitHub(this.#options.world, owner, grant && "token", grant);
  }

  private call(match: Match, exchange: Exchange, body: unknown): Call {
    const { params } = match;
    const github = this.client(exchange, params.owner ?? params.org ?? grantOf(exchange)?.login ?? "");
    const links = { api: `${exchange.address.origin}${exchange.prefix}`, html: "https://github.com" };
    const record = () => github.repository(params.repo ?? "");
    const number = (name: string) => Number(params[name]);
    const place = (): Place => ({ github, links, record: record() });
    const query = this.#description.query(match.key, exchange.address.searchParams);
    const accept = exchange.request.headers.accept ?? "";
    return { github, links, params, query, body, accept, box: this.#box, record, place, number };
  }

  /** An answer that the description does not allow is a fault of the simulation. */
  private checked(match: Match, exchange: Exchange, answer: Answer): Answer {
    if (answer.raw) return answer;
    const problem = this.#description.answerProblem(match.key, answer.status, answer.body);
    if (!problem) return answer;
    return broken(`${exchange.method} ${exchange.address.pathname} ${answer.status}: ${problem}`);
  }
}

function grantOf({ identity }: Exchange): TokenDocument | undefined {
  return typeof identity === "object" ? identity.grant : undefined;
}

const OPERATIONS: Record<string, string> = { GET: "read", HEAD: "read", POST: "create", DELETE: "delete" };

/** What the fault plan calls a request. */
function operationOf(method: string): string {
  return OPERATIONS[method] ?? "update";
}
