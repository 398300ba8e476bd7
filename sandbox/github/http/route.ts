/** What a request is answered from, and what with. */
import type { GitHub } from "../client.ts";
import type { Permission, RepositoryRecord } from "../store.ts";
import type { Place } from "./bodies/git.ts";
import type { Links } from "./bodies/links.ts";
import type { SealedBox } from "./sealed-box.ts";

/** One request, read and checked against the description. */
export interface Call {
  /** The client for the owner that the path names. */
  github: GitHub;
  links: Links;
  /** Parts of the path, decoded. */
  params: Record<string, string>;
  query: Record<string, string | number | boolean | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: checked against the official description before a route sees it
  body: any;
  /** Media type that the client asks for. */
  accept: string;
  box: SealedBox;
  /** The repository that the path names. */
  record(): RepositoryRecord;
  /** The same with who looks at it. */
  place(): Place;
  /** A part of the path that is a number. */
  number(name: string): number;
}

/** What is answered. A list is cut into pages before it is sent. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Text that is sent as it is. */
  raw?: { type: string; content: Buffer };
  /** Where the list stands in the body; `""`: the body is the list. */
  list?: string;
}

/** A right that a token needs. */
export interface Needs {
  permission: Permission;
  level: "read" | "write";
  /** Anybody may read it of a public repository. */
  isPublic?: boolean;
}

export interface Route {
  needs?: Needs;
  run(call: Call): Answer | Promise<Answer>;
}

/** By method and path of the official description: `GET /repos/{owner}/{repo}`. */
export type Routes = Record<string, Route>;

/** Repositories' paths begin so. */
export const R = "/repos/{owner}/{repo}";

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: unknown): Answer {
  return { status: 201, body };
}

export const nothing: Answer = { status: 204 };

export function list(items: readonly unknown[]): Answer {
  return { status: 200, body: items, list: "" };
}

/** A list with its whole length beside it. */
export function counted(name: string, items: readonly unknown[]): Answer {
  return { status: 200, body: { total_count: items.length, [name]: items }, list: name };
}

/** A route that reads what everybody may read of a public repository. */
export function shows(permission: Permission, run: Route["run"]): Route {
  return { needs: { permission, level: "read", isPublic: true }, run };
}

/** A route that reads what needs a right in any repository. */
export function guards(permission: Permission, run: Route["run"]): Route {
  return { needs: { permission, level: "read" }, run };
}

/** A route that changes something; the functions that do it ask for the right themselves. */
export function changes(permission: Permission, run: Route["run"]): Route {
  return { needs: { permission, level: "write" }, run };
}
