/** A request as it comes in, and its answer as it goes out. */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { refuse } from "../client.ts";
import { etagOf, matchesEtag } from "./answers.ts";
import type { Answer } from "./route.ts";
import type { Identity } from "./tokens.ts";

/** One request on its way through. */
export interface Exchange {
  request: IncomingMessage;
  /** The address without the prefix. */
  address: URL;
  prefix: string;
  method: string;
  identity: Identity;
}

/** What the versions of the interface are called (docs.github.com/rest/about-the-rest-api/api-versions). */
const VERSION = "2022-11-28";

/** The address as the client knows it, for the links between pages. */
export function publicAddress({ address, prefix }: Exchange): URL {
  const url = new URL(address);
  url.pathname = prefix + address.pathname;
  return url;
}

/** The request's body as it came. */
export async function readContent(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The request's body as JSON. @throws Refusal where it is none */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const text = (await readContent(request)).toString("utf8");
  if (text.trim() === "") return undefined;
  const where = `${request.method} ${request.url}`;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // docs.github.com, troubleshooting-the-rest-api: both sentences.
    refuse(where, 400, "Problems parsing JSON");
  }
  if (typeof body !== "object" || body === null) refuse(where, 400, "Body should be a JSON object");
  return body;
}

/** docs.github.com, troubleshooting-the-rest-api and getting-started-with-the-rest-api. */
export function refuseWrongHeaders({ request, identity, address }: Exchange): void {
  const where = `${request.method} ${address.pathname}`;
  if (!request.headers["user-agent"]) {
    refuse(
      where,
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
    );
  }
  if (identity === "unknown") refuse(where, 401, "Bad credentials");
  const version = request.headers["x-github-api-version"];
  if (version !== undefined && version !== VERSION) {
    refuse(where, 400, `${version} is not a supported version of the GitHub API.`);
  }
}

/** The headers that every answer has, and the body unless the client has it already. @returns the status sent */
export function send(
  exchange: Exchange,
  response: ServerResponse,
  answer: Answer,
  headers: Record<string, string>,
): number {
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const content = answer.raw?.content ?? Buffer.from(text);
  const type = answer.raw?.type ?? "application/json; charset=utf-8";
  const all: Record<string, string> = {
    "X-GitHub-Request-Id": randomBytes(12)
      .toString("hex")
      .toUpperCase()
      .replaceAll(/(.{4})(?=.)/g, "$1:"),
    "X-GitHub-Media-Type": "github.v3; format=json",
    "X-GitHub-Api-Version-Selected": VERSION,
    "Cache-Control": "private, max-age=60, s-maxage=60",
    Vary: "Accept, Authorization, Cookie, X-GitHub-OTP",
    ...headers,
    ...answer.headers,
  };
  let { status } = answer;
  if (status === 200 && exchange.method === "GET") {
    all.ETag = etagOf(content);
    if (matchesEtag(exchange.request.headers["if-none-match"], all.ETag)) status = 304;
  }
  const hasBody = content.length > 0 && status !== 304;
  if (hasBody) Object.assign(all, { "Content-Type": type, "Content-Length": String(content.length) });
  response.writeHead(status, all);
  response.end(hasBody && exchange.method !== "HEAD" ? content : undefined);
  return status;
}
