/** One change of the configuration reaches branch rules, secrets, environments and workflows together. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { environments, ref } from "../../pipeline/branches.ts";
import { BUILD, requiredChecks } from "../../pipeline/jobs.ts";
import { wantedRules } from "../../pipeline/rules.ts";
import { secretTable } from "../../pipeline/secrets.ts";
import { readSecrets, secretProblems } from "../../pipeline/workflows/reads.ts";
import { renderWorkflows, workflowsOf } from "../../pipeline/workflows/render.ts";
import { parseSettings, type Settings } from "../../settings.ts";
import { changed, kaiConfig } from "../settings/kai.ts";
import { loaded } from "./world.ts";

const name = fc.stringMatching(/^[a-z][a-z0-9]{2,8}$/).map((text) => `x${text}`);
const branch = fc.tuple(name, fc.constantFrom("", "/live", "-1", ".x")).map((parts) => parts.join(""));

async function stacksOf(
  changes: (stack: "production" | "staging") => Record<string, unknown>,
): Promise<Settings[]> {
  const stacks = ["production", "staging"] as const;
  return Promise.all(
    stacks.map(async (stack) => parseSettings(stack, changed(await kaiConfig(stack), changes(stack)))),
  );
}

/** Holds of every configuration: nothing that one part names is unknown to another. */
async function assertAgreement(stacks: Settings[]): Promise<string> {
  const workflows = workflowsOf(stacks);
  assert.deepEqual(secretProblems(stacks, Object.values(workflows)), []);
  // GitHub's own parser reads each file.
  await loaded(stacks);
  const names = Object.values(workflows).flatMap(({ jobs }) => Object.values(jobs).map((job) => job.name));
  for (const check of requiredChecks()) assert.ok(names.includes(check));
  return renderWorkflows(stacks)
    .map(({ content }) => content)
    .join("\n");
}

describe("changing one name", () => {
  it("of a branch moves its rules, its environment and its deployment", async () => {
    await fc.assert(
      fc.asyncProperty(branch, async (staging) => {
        const stacks = await stacksOf((stack) => ({
          branches: { production: "main", staging, development: "development" },
          ...(stack === "staging" && { "environment.branch": staging }),
        }));
        const text = await assertAgreement(stacks);
        assert.doesNotMatch(text, /refs\/heads\/staging'/);
        assert.ok(text.includes(ref(staging)));
        const [owner, other] = stacks as [Settings, Settings];
        assert.ok(JSON.stringify(wantedRules(owner)).includes(JSON.stringify(ref(staging))));
        assert.equal(JSON.stringify(wantedRules(owner)).includes('"refs/heads/staging"'), false);
        assert.deepEqual(environments(other)[0]?.branchPatterns, [staging]);
      }),
      { numRuns: 15 },
    );
  });

  it("of a site changes its three secrets, and what the jobs read", async () => {
    await fc.assert(
      fc.asyncProperty(name, async (site) => {
        const stacks = await stacksOf(() => ({ "sites.0.name": site }));
        await assertAgreement(stacks);
        const label = site.toUpperCase();
        const wanted = [
          `VERCEL_PROJECT_ID_${label}`,
          `${label}_BUCKET_NAME`,
          `CLOUDFRONT_DISTRIBUTION_ID_${label}`,
        ];
        const reads = new Set(readSecrets(workflowsOf(stacks).deploy).map(({ secret }) => secret));
        for (const stack of stacks) {
          const provided = secretTable(stack).map((row) => row.name);
          for (const secret of wanted) assert.ok(provided.includes(secret) && reads.has(secret), secret);
          assert.equal(
            provided.some((one) => one.includes("CLIENT")) ||
              [...reads].some((one) => one.includes("CLIENT")),
            false,
          );
        }
      }),
      { numRuns: 15 },
    );
  });

  it("of a service changes what is built and what is rolled out", async () => {
    await fc.assert(
      fc.asyncProperty(name, name, async (service, image) => {
        const stacks = await stacksOf(() => ({
          "services.1.name": service,
          "services.1.image": image,
          "services.0.callsServices": [],
        }));
        const text = await assertAgreement(stacks);
        assert.doesNotMatch(text, /kai-ml-services/);
        const { deploy } = workflowsOf(stacks);
        for (const { environment } of stacks) {
          const job = deploy.jobs[`deploy-${environment.name}`];
          assert.ok(
            job?.steps.some(
              ({ name: title, env }) => title === `Roll out ${service}` && env?.IMAGE === image,
            ),
          );
        }
        assert.ok(deploy.jobs.images?.steps.some(({ name: title }) => title === `Publish ${image}`));
      }),
      { numRuns: 15 },
    );
  });

  it("of the required check is one change: rules and workflow take it from the same place", async () => {
    const [owner] = (await stacksOf(() => ({}))) as [Settings, Settings];
    const rules = JSON.stringify(wantedRules(owner));
    const contexts = new Set(
      [...rules.matchAll(/"context":"([^"]+)"|"contexts":\["([^"]+)"\]/g)].map(
        ([, one, other]) => one ?? other,
      ),
    );
    assert.deepEqual([...contexts], [BUILD.name]);
    assert.equal(workflowsOf([owner]).deploy.jobs[BUILD.id]?.name, BUILD.name);
  });

  it("and the order of keys in the configuration changes nothing", async () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    const stacks = ["production", "staging"] as const;
    const parsed = await Promise.all(
      stacks.map(
        async (stack) =>
          [
            parseSettings(stack, await kaiConfig(stack)),
            parseSettings(stack, reversed(await kaiConfig(stack)) as Record<string, unknown>),
          ] as const,
      ),
    );
    assert.deepEqual(
      renderWorkflows(parsed.map(([, other]) => other)),
      renderWorkflows(parsed.map(([one]) => one)),
    );
  });
});
