/** One question to each cloud and each database, and what is said when it is not answered. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { checkClouds, checkDatabases } from "../../../cli/doctor/clouds.ts";
import type { Finding } from "../../../github/doctor/finding.ts";
import { kaiSettings } from "../../settings/kai.ts";

const TOKENS = { DIGITALOCEAN_TOKEN: "dop", VERCEL_API_TOKEN: "vc" };

/** Answers instead of the clouds; keeps what was asked. */
function clouds(t: TestContext, answer: (url: string) => Response): string[] {
  const asked: string[] = [];
  t.mock.method(globalThis, "fetch", async (url: string, init: RequestInit) => {
    asked.push(`${url} ${new Headers(init.headers).get("authorization")}`);
    return answer(url);
  });
  return asked;
}

function lines(found: readonly Finding[]): string[] {
  return found.map(({ level, message }) => `${level} ${message}`);
}

const AWS = "note AWS's credentials are not checked here.";

describe("the clouds' credentials", () => {
  it("are taken: nothing to say, and each was asked once, by a read", async (t) => {
    const asked = clouds(t, () => Response.json({ token: { expiresAt: Date.now() + 90 * 86_400_000 } }));
    const found = await checkClouds([await kaiSettings("staging"), await kaiSettings("production")], TOKENS);
    assert.deepEqual(lines(found), [AWS]);
    assert.deepEqual(asked, [
      "https://api.digitalocean.com/v2/regions?per_page=1 Bearer dop",
      "https://api.vercel.com/v5/user/tokens/current Bearer vc",
    ]);
  });

  it("are refused: an error with the page of new ones, and no token in it", async (t) => {
    clouds(t, () => new Response(null, { status: 401 }));
    const found = await checkClouds([await kaiSettings("staging")], TOKENS);
    assert.deepEqual(lines(found).slice(0, 2), [
      "error DigitalOcean refuses DIGITALOCEAN_TOKEN (401): it is mistyped, revoked or expired.",
      "error Vercel refuses VERCEL_API_TOKEN (401): it is mistyped, revoked or expired.",
    ]);
    assert.match(found[0]?.remedy ?? "", /cloud\.digitalocean\.com\/account\/api\/tokens/);
  });

  it("that can be none are told without showing them, and a page instead of an answer is none", async (t) => {
    clouds(t, () => new Response("<html>"));
    const tokens = { DIGITALOCEAN_TOKEN: "dop_s3cret\nexport X=1", VERCEL_API_TOKEN: "vc" };
    const found = lines(await checkClouds([await kaiSettings("staging")], tokens));
    assert.match(found[0] ?? "", /^error DigitalOcean: DIGITALOCEAN_TOKEN has characters that no token has/);
    assert.match(found[1] ?? "", /^unchecked Vercel answered a page that says nothing/);
    assert.doesNotMatch(found.join(), /s3cret/);
  });

  it("end soon", async (t) => {
    clouds(t, (url) =>
      Response.json(url.includes("vercel") ? { token: { expiresAt: Date.now() + 3.5 * 86_400_000 } } : {}),
    );
    const found = await checkClouds([await kaiSettings("staging")], TOKENS);
    assert.deepEqual(lines(found), ["warning VERCEL_API_TOKEN expires in 3 day(s).", AWS]);
  });

  it("could not be asked about: no token, no network, a cloud in trouble", async (t) => {
    clouds(t, (url) => {
      if (url.includes("vercel"))
        throw Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } });
      return new Response(null, { status: 503 });
    });
    const stack = [await kaiSettings("staging")];
    assert.deepEqual(lines(await checkClouds(stack, TOKENS)), [
      "unchecked DigitalOcean answered 503 when it was asked about DIGITALOCEAN_TOKEN.",
      "unchecked Vercel could not be reached (ENOTFOUND).",
      AWS,
    ]);
    assert.deepEqual(lines(await checkClouds(stack, {})).slice(0, 2), [
      "unchecked DigitalOcean: DIGITALOCEAN_TOKEN is not set.",
      "unchecked Vercel: VERCEL_API_TOKEN is not set.",
    ]);
  });

  it("are not asked of the real clouds where the engine meets others, nor where a cloud is off", async (t) => {
    const asked = clouds(t, () => new Response(null, { status: 401 }));
    const attached = { ...TOKENS, PULUMI_DEBUG_PROVIDERS: "github:1,digitalocean:2,aws:3,vercel:4" };
    const [found, ...others] = await checkClouds([await kaiSettings("staging")], attached);
    assert.match(found?.message ?? "", /^The credentials of DigitalOcean, Vercel, AWS are not checked/);
    assert.deepEqual([found?.level, others], ["note", []]);
    const stack = await kaiSettings("staging");
    const off = { ...stack, clouds: { ...stack.clouds, digitalocean: false, vercel: false, aws: false } };
    assert.deepEqual(await checkClouds([off], TOKENS), []);
    assert.deepEqual(asked, []);
  });
});

describe("the databases", () => {
  it("whose address is not set are not checked; one that does not answer is an error without its password", async () => {
    const stack = await kaiSettings("staging");
    assert.deepEqual(lines(await checkDatabases([stack], {})), [
      "unchecked The database of staging: DATABASE_URL_STAGING is not set.",
    ]);
    const DATABASE_URL_STAGING = "postgresql://postgres:hidden-word@127.0.0.1:1/postgres";
    const [found] = await checkDatabases([stack], { DATABASE_URL_STAGING });
    assert.equal(found?.level, "error");
    assert.match(found?.message ?? "", /^The database of staging \(DATABASE_URL_STAGING\): /);
    assert.doesNotMatch(JSON.stringify(found), /hidden-word/);
  });
});
