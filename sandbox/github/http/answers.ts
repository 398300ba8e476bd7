/** How an answer is sent: pages, fingerprints, error bodies. */
import { createHash } from "node:crypto";
import type { Refusal } from "../client.ts";
import type { Description } from "./description.ts";
import type { Answer } from "./route.ts";

/** 30 a page unless asked for more, 100 at most (docs.github.com, using-pagination-in-the-rest-api). */
const PAGE = { usual: 30, most: 100 };

/** Cuts a list to the page that was asked for, with the header that names the other pages. */
export function paged(answer: Answer, address: URL): Answer {
  if (answer.list === undefined) return answer;
  const items = (
    answer.list === "" ? answer.body : (answer.body as Record<string, unknown>)[answer.list]
  ) as unknown[];
  const number = (name: string, usual: number) => {
    const value = Number(address.searchParams.get(name));
    return Number.isInteger(value) && value > 0 ? value : usual;
  };
  const size = Math.min(number("per_page", PAGE.usual), PAGE.most);
  const page = number("page", 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const cut = items.slice((page - 1) * size, page * size);
  const body = answer.list === "" ? cut : { ...(answer.body as object), [answer.list]: cut };
  const link = linkHeader(address, page, last);
  return { status: answer.status, body, headers: { ...answer.headers, ...(link && { Link: link }) } };
}

function linkHeader(address: URL, page: number, last: number): string {
  const to = (target: number, relation: string) => {
    const url = new URL(address);
    url.searchParams.set("page", String(target));
    return `<${url.href}>; rel="${relation}"`;
  };
  return [
    ...(page > 1 ? [to(Math.min(page - 1, last), "prev")] : []),
    ...(page < last ? [to(page + 1, "next"), to(last, "last")] : []),
    ...(page > 1 ? [to(1, "first")] : []),
  ].join(", ");
}

/** The fingerprint of an answer; 304 where the client has it already (best-practices-for-using-the-rest-api). */
export function etagOf(content: Buffer): string {
  return `W/"${createHash("sha256").update(content).digest("hex")}"`;
}

/** Whether an If-None-Match header names the fingerprint; weak and strong compare alike. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  const bare = (text: string) => text.trim().replace(/^W\//, "");
  return header?.split(",").some((one) => bare(one) === bare(etag) || one.trim() === "*") ?? false;
}

/** A refusal as the interface answers it. @param key the request, where it is a known one */
export function errorAnswer(refusal: Refusal, description: Description, key: string | undefined): Answer {
  const { message, errors, status } = refusal.body;
  const documentation = key === undefined ? undefined : description.operation(key)?.documentation;
  const hasObjects = key !== undefined && description.hasErrorObjects(key, refusal.status);
  return {
    status: refusal.status,
    body: {
      message,
      ...(errors && {
        errors: hasObjects
          ? errors.map((text) => ({ resource: "Repository", code: "custom", message: text }))
          : errors,
      }),
      documentation_url: documentation ?? "https://docs.github.com/rest",
      status,
    },
  };
}
