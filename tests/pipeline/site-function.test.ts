import assert from "node:assert/strict";
import { describe, it } from "node:test";
import vm from "node:vm";
import fc from "fast-check";
import { siteFunction } from "../../pipeline/site-function.ts";

/** What CloudFront would ask S3 for: the function's text is run, as CloudFront runs it. */
function rewritten(routing: "spa" | "static", uri: string): string {
  const event = {
    version: "1.0",
    request: { method: "GET", uri, querystring: {}, headers: {}, cookies: {} },
  };
  const context = vm.createContext({ event });
  const request = vm.runInContext(`${siteFunction(routing)}; handler(event)`, context);
  assert.equal(request, event.request);
  return request.uri;
}

describe("static routing", () => {
  const CASES = {
    "/": "/index.html",
    "/blog": "/blog/index.html",
    "/blog/": "/blog/index.html",
    "/blog//": "/blog/index.html",
    "/a/b/c/": "/a/b/c/index.html",
    "/v1.2/notes": "/v1.2/notes/index.html",
    "/app-5f3a.js": "/app-5f3a.js",
    "/page-data/app-data.json": "/page-data/app-data.json",
    "/icons/a.b.png": "/icons/a.b.png",
    "/.well-known/apple-app-site-association": "/.well-known/apple-app-site-association",
    "/%C3%A9t%C3%A9": "/%C3%A9t%C3%A9/index.html",
  };
  for (const [uri, file] of Object.entries(CASES)) {
    it(`${uri} is ${file}`, () => assert.equal(rewritten("static", uri), file));
  }
});

describe("single-page routing", () => {
  const CASES = {
    "/": "/index.html",
    "/orders/42": "/index.html",
    "/orders/": "/index.html",
    "/v1.2/orders": "/index.html",
    "/missing.js": "/missing.js",
    "/img/logo.svg": "/img/logo.svg",
    "/.well-known/security.txt": "/.well-known/security.txt",
    "/.well-known/acme-challenge/abc": "/.well-known/acme-challenge/abc",
  };
  for (const [uri, file] of Object.entries(CASES)) {
    it(`${uri} is ${file}`, () => assert.equal(rewritten("spa", uri), file));
  }
});

describe("any path", () => {
  it("leads to a file, and what leads to a file stays", () => {
    fc.assert(
      fc.property(fc.constantFrom("spa" as const, "static" as const), fc.webPath(), (routing, path) => {
        const once = rewritten(routing, path === "" ? "/" : path);
        assert.ok(/\.[A-Za-z0-9]+$/.test(once) || once.startsWith("/.well-known/"), once);
        assert.equal(rewritten(routing, once), once);
      }),
      { numRuns: 300 },
    );
  });

  it("the text fits into the 10 KB that CloudFront takes", () => {
    for (const routing of ["spa", "static"] as const) assert.ok(siteFunction(routing).length < 10_240);
  });
});
