import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PICTURE_END, PICTURE_START, picture, withPicture } from "../../pipeline/picture.ts";
import { kaiSettings } from "../settings/kai.ts";

const kaiPicture = async () => picture([await kaiSettings("staging"), await kaiSettings("production")]);

describe("the picture of the pipeline", () => {
  it("shows branches, jobs, workloads, sites, secrets and the drift check of both stacks", async () => {
    const shown = await kaiPicture();
    for (const words of [
      "Basilakis/kai",
      "Build and Test",
      "Publish Images",
      "Deploy to Staging",
      "Deploy to Production",
      "kai-api-server-staging on kai-staging",
      "kai-ml-services on kai-production",
      "client on Vercel",
      "admin on S3 and CloudFront",
      "Schema migrations",
      "Drift of Production",
      "environment staging",
    ]) {
      assert.ok(shown.includes(words), words);
    }
  });

  it("puts migrations before sites and workloads", async () => {
    const shown = await kaiPicture();
    assert.match(shown, /job_deploy_staging -->\|1\| staging_database/);
    assert.match(shown, /job_deploy_staging -->\|2\| staging_vercel_client/);
    assert.match(shown, /job_deploy_staging -->\|3\| staging_kai_api_server_staging/);
  });

  it("leaves out what is switched off", async () => {
    const shown = picture([
      await kaiSettings("staging", {
        "clouds.vercel": false,
        "sites.0.hosting": "cloudfront",
        "sites.1.hosting": "cloudfront",
      }),
    ]);
    assert.doesNotMatch(shown, /Vercel/);
  });

  it("uses only identifiers that were given a shape or a role", async () => {
    const shown = await kaiPicture();
    const declared = new Set([...shown.matchAll(/(\w+)(?:\(\[|\[)/g)].map(([, id]) => id));
    for (const [, from, to] of shown.matchAll(/^ *(\w+) -\.?->(?:\|[^|]*\|)? (\w+)/gm)) {
      assert.ok(declared.has(from) && declared.has(to), `${from} to ${to}`);
    }
  });

  it("cannot be broken by a name", async () => {
    const shown = picture([await kaiSettings("staging", { "branches.development": 'a"]b' })]);
    assert.doesNotMatch(shown, /a"]b/);
    assert.ok(shown.includes("a#34;#93;b"));
  });

  it("goes between its marks in a document, and again", async () => {
    const shown = await kaiPicture();
    const document = `# Title\n${PICTURE_START}\nold\n${PICTURE_END}\nafter\n`;
    const once = withPicture(document, shown);
    assert.ok(once.includes(shown) && once.startsWith("# Title\n") && once.endsWith("\nafter\n"));
    assert.doesNotMatch(once, /old/);
    assert.equal(withPicture(once, shown), once);
    assert.throws(() => withPicture("no marks", shown), /has no line/);
  });
});
