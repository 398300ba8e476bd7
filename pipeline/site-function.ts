import type { SiteSettings } from "../settings.ts";

/** Runtime that the text is written for. */
export const SITE_FUNCTION_RUNTIME = "cloudfront-js-2.0";

/**
 * The CloudFront function that turns the path of a request into the name of a file, before the cache is asked.
 *
 * S3 knows names, not folders, and an error page that answers 200 for everything would hide real errors; so the path
 * is rewritten instead:
 * - `static`: `/x/` and `/x` are `/x/index.html`; a file that does not exist stays an error;
 * - `spa`: every path whose last part has no file ending is `/index.html`, the page that does its own routing.
 *
 * Paths with a file ending and everything below `/.well-known/` (domain and app verification) are left alone.
 */
export function siteFunction(routing: SiteSettings["routing"]): string {
  const rewrite =
    routing === "spa"
      ? `request.uri = "/index.html";`
      : `request.uri = request.uri.replace(/\\/*$/, "/index.html");`;
  return `function handler(event) {
  const request = event.request;
  const last = request.uri.slice(request.uri.lastIndexOf("/") + 1);
  if (/\\.[A-Za-z0-9]+$/.test(last) || request.uri.startsWith("/.well-known/")) return request;
  ${rewrite}
  return request;
}
`;
}
