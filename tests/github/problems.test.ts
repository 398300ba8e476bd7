/** What is told of a refusal that no command expected. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { refusalOf } from "../../github/problems.ts";
import { served } from "../sandbox/github/support.ts";

it("names the request and GitHub's words, and leads to the rights", async (t) => {
  const on = await served(t);
  const github = on.with({ permissions: { metadata: "read" } });
  const error = await github.git
    .deleteRef({ owner: "Basilakis", repo: "kai", ref: "heads/main" })
    .catch((refusal: unknown) => refusal);
  assert.match(
    refusalOf(error) ?? "",
    /^GitHub answered 403 to DELETE \/repos\/Basilakis\/kai\/git\/refs\/heads%2Fmain: ".+"\. Look whether GITHUB_TOKEN/,
  );
});

it("of a query, too", async (t) => {
  const on = await served(t);
  const query = '{ repository(owner: "Basilakis", name: "nothing") { id } }';
  const error = await on
    .as()
    .graphql(query)
    .catch((refusal: unknown) => refusal);
  assert.match(refusalOf(error) ?? "", /^GitHub refused a query: "Could not resolve/);
});

it("is nothing for a mistake of the program", () => {
  assert.equal(refusalOf(new TypeError("x is undefined")), undefined);
  assert.equal(refusalOf("x"), undefined);
});
