import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { OPEN_QUESTIONS } from "../../../github/decisions/open.ts";
import { routes } from "../../../sandbox/github/http/routes/index.ts";

const page = readFileSync(new URL("../../../docs/sandbox.md", import.meta.url), "utf8");

it("the page shows every open question with what happens here", () => {
  for (const { question, here } of OPEN_QUESTIONS)
    assert.ok(page.includes(`| ${question} | ${here} |`), question);
});

it("the page tells how many requests there are", () => {
  assert.match(page, new RegExp(`\\b${Object.keys(routes).length} of the REST interface`));
});
