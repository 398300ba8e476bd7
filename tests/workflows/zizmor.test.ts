import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { renderWorkflows, type WorkflowFile } from "../../pipeline/workflows/render.ts";
import { audit } from "../support/zizmor.ts";
import { VARIANTS, variant } from "./variants.ts";

/** What zizmor's strictest persona says and is left so, by audit and file. */
const ACCEPTED: Record<string, { files: string[]; reason: string }> = {
  "secrets-outside-env": {
    files: ["deploy.yml", "drift.yml"],
    reason:
      "Slack's webhook belongs to the repository: a job that tells people must not wait for an environment's approval.",
  },
  "concurrency-limits": {
    files: ["deploy.yml", "infrastructure.yml"],
    reason:
      "The audit wants runs cut off. Deployments wait in a queue that loses none; builds of other branches may run at once.",
  },
  "adhoc-packages": {
    files: ["deploy.yml"],
    reason:
      "corepack comes by exact version where Node no longer brings it, and then the package manager that the lock file is of.",
  },
};

function written(t: TestContext, files: readonly WorkflowFile[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "kai-zizmor-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, ".github/workflows"), { recursive: true });
  return files.map(({ path, content }) => {
    writeFileSync(join(folder, path), content);
    return join(folder, path);
  });
}

/** `audit file`, for each finding. */
function findings(t: TestContext, files: readonly WorkflowFile[]): string[] {
  const all = audit(written(t, files)).map(({ ident, locations }) => {
    const file = locations.map(({ symbolic }) => symbolic.key.Local?.verbatim_path).find(Boolean) ?? "";
    return `${ident} ${basename(file)}`;
  });
  return [...new Set(all)].sort();
}

describe("zizmor", () => {
  const accepted = Object.entries(ACCEPTED).flatMap(([ident, { files }]) =>
    files.map((file) => `${ident} ${file}`),
  );

  for (const name of Object.keys(VARIANTS)) {
    it(`finds nothing beyond what is accepted with a reason: ${name}`, async (t) => {
      const found = findings(t, renderWorkflows(await variant(name)));
      assert.deepEqual(
        found.filter((one) => !accepted.includes(one)),
        [],
      );
    });
  }

  it("still says everything that is accepted: the list holds nothing old", async (t) => {
    const found = findings(t, renderWorkflows(await variant("Kai's own")));
    assert.deepEqual(
      accepted.filter((one) => !found.includes(one)),
      [],
    );
  });

  it("would find a fault", async (t) => {
    const [deploy] = renderWorkflows(await variant("Kai's own"));
    assert.ok(deploy);
    const content = deploy.content
      .replace("permissions: {}\n", "")
      .replace("run: |\n          yarn lint", `run: |\n          echo $${"{{"} github.head_ref }}`);
    const found = findings(t, [{ ...deploy, content }]);
    assert.ok(found.includes("template-injection deploy.yml"), found.join("\n"));
  });
});
