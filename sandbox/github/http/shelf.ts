/** Documents of one kind below a repository that are made, read, changed and removed as the request says. */
import { refuse } from "../client.ts";
import type { Permission, RepositoryRecord } from "../store.ts";
import { type Call, changes, created, guards, list, nothing, ok, type Routes, shows } from "./route.ts";

/** What is particular about one kind. */
export interface Shelf<T> {
  /** `/repos/{owner}/{repo}/hooks` */
  path: string;
  /** The part of the path that names one: `hook_id`. */
  key: string;
  permission: Permission;
  /** Whether everybody who sees the repository may read them. */
  isPublic: boolean;
  all(record: RepositoryRecord): T[];
  /** Whether a document is the one that the path names. */
  is(document: T, name: string): boolean;
  /** A new document; it refuses what GitHub refuses. */
  make(call: Call, request: string): T;
  /** Absent: there is no such request. */
  change?(document: T, call: Call, request: string): void;
  body(call: Call, document: T): unknown;
}

/** The five requests. */
export function shelf<T>(of: Shelf<T>): Routes {
  const one = `${of.path}/{${of.key}}`;
  const read = of.isPublic ? shows : guards;
  const requestOf = ({ github, params }: Call, method: string) =>
    `${method} ${github.path(params.repo ?? "")}${of.path.split("}").at(-1)}`;
  const found = (call: Call, method: string) =>
    of.all(call.record()).find((document) => of.is(document, call.params[of.key] ?? "")) ??
    refuse(requestOf(call, method), 404, "Not Found");
  const writable = (call: Call, method: string) =>
    call.github.writable(call.params.repo ?? "", requestOf(call, method), of.permission);
  const { change } = of;
  return {
    [`GET ${of.path}`]: read(of.permission, (call) =>
      list(of.all(call.record()).map((document) => of.body(call, document))),
    ),
    [`POST ${of.path}`]: changes(of.permission, (call) => {
      const record = writable(call, "POST");
      const document = of.make(call, requestOf(call, "POST"));
      of.all(record).push(document);
      call.github.changed(record);
      return created(of.body(call, document));
    }),
    [`GET ${one}`]: read(of.permission, (call) => ok(of.body(call, found(call, "GET")))),
    ...(change && {
      [`PATCH ${one}`]: changes(of.permission, (call) => {
        const record = writable(call, "PATCH");
        const document = found(call, "PATCH");
        change(document, call, requestOf(call, "PATCH"));
        call.github.changed(record);
        return ok(of.body(call, document));
      }),
    }),
    [`DELETE ${one}`]: changes(of.permission, (call) => {
      const record = writable(call, "DELETE");
      const documents = of.all(record);
      documents.splice(documents.indexOf(found(call, "DELETE")), 1);
      call.github.changed(record);
      return nothing;
    }),
  };
}
