// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are expressions of GitHub
/** What steps do on this computer, as GitHub's runner would let them. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type JobRun, type LocalOptions, leaksIn, Run, type RunOptions } from "../../runner/index.ts";
import { file, job, machines, PUSH } from "./files.ts";

async function ran(
  t: TestContext,
  steps: string,
  {
    more = "",
    standIns = {},
    run = {},
    local = {},
  }: {
    more?: string;
    standIns?: Record<string, string>;
    run?: Partial<RunOptions>;
    local?: Partial<LocalOptions>;
  } = {},
): Promise<JobRun> {
  const { open } = machines(t, standIns, local);
  return (await new Run(await file(job(steps, more)), PUSH, { open, ...run }).finish()).job("a");
}
const logs = ({ steps }: JobRun) => steps.map(({ log }) => log).join("\n");
const outcomes = ({ steps }: JobRun) => steps.map(({ outcome }) => outcome);

describe("a step", () => {
  it("hands on outputs, variables, folders and a summary, of many lines too", async (t) => {
    const done = await ran(
      t,
      `
- id: give
  run: |
    { echo "many<<END"; printf 'one\\ntwo=2\\n'; echo END; echo "plain=a=b"; } >> "$GITHUB_OUTPUT"
    echo "WORD=from before" >> "$GITHUB_ENV"
    mkdir -p "$RUNNER_TEMP/own"; printf '#!/bin/sh\\necho own tool\\n' > "$RUNNER_TEMP/own/tool"; chmod +x "$RUNNER_TEMP/own/tool"
    echo "$RUNNER_TEMP/own" >> "$GITHUB_PATH"
    echo "# Title" >> "$GITHUB_STEP_SUMMARY"
- env: { MANY: "\${{ steps.give.outputs.many }}", PLAIN: "\${{ steps.give.outputs.plain }}" }
  run: echo "$MANY/$PLAIN/$WORD/\${{ env.WORD }}"; tool`,
    );
    assert.equal(logs(done).trim(), "one\ntwo=2/a=b/from before/from before\nown tool");
    assert.equal(done.steps[0]?.summary, "# Title\n");
  });

  it("fails where a file of it is not well formed", async (t) => {
    const done = await ran(t, `- run: echo nonsense >> "$GITHUB_OUTPUT"\n- run: echo next`);
    assert.deepEqual(outcomes(done), ["failure", "skipped"]);
    assert.match(logs(done), /Invalid format 'nonsense'/);
  });

  it("ends at the first command that fails, and in bash by name at a pipe too", async (t) => {
    assert.equal((await ran(t, "- run: |\n    false\n    echo reached")).result, "failure");
    assert.equal((await ran(t, "- run: false | cat")).result, "success");
    assert.equal((await ran(t, "- { shell: bash, run: false | cat }")).result, "failure");
  });

  it("that may fail leaves the job as it was, and tells both", async (t) => {
    const done = await ran(
      t,
      "- { id: x, run: 'false', continue-on-error: true }\n- run: echo \"${{ steps.x.outcome }} ${{ steps.x.conclusion }}\"",
    );
    assert.equal(done.result, "success");
    assert.equal(logs(done).trim(), "failure success");
  });

  it("runs behind a failure only where its condition says so", async (t) => {
    const done = await ran(
      t,
      "- run: 'false'\n- run: echo a\n- { if: failure(), run: echo b }\n- { if: always(), run: echo c }\n- { if: cancelled(), run: echo d }",
    );
    assert.deepEqual(outcomes(done), ["failure", "skipped", "success", "success", "skipped"]);
  });

  it("fails when its time is over, and a job is cancelled then", async (t) => {
    const standIns = { linger: "exec 3<> <(:); read -r -u 3" };
    const late = await ran(t, "- { run: linger, timeout-minutes: 0.002 }\n- { if: failure(), run: echo b }", {
      standIns,
    });
    assert.deepEqual([late.result, ...outcomes(late)], ["failure", "failure", "success"]);
    const job = await ran(
      t,
      "- run: linger\n- { if: failure(), run: echo b }\n- { if: cancelled(), run: echo c }",
      { standIns, more: "    timeout-minutes: 0.002\n" },
    );
    assert.deepEqual([job.result, ...outcomes(job)], ["cancelled", "cancelled", "skipped", "success"]);
  });

  it("finds nothing of this computer's environment, and no program that nobody named", async (t) => {
    process.env.KAI_OF_THIS_COMPUTER = "mine";
    t.after(() => delete process.env.KAI_OF_THIS_COMPUTER);
    const done = await ran(t, `- run: echo "[$KAI_OF_THIS_COMPUTER]"; node --version`);
    assert.equal(done.result, "failure");
    assert.match(logs(done), /^\[\]\n.*node: command not found/);
  });

  it("asks an action's stand-in, and an unknown one is refused with its name", async (t) => {
    const actions: LocalOptions["actions"] = {
      "o/a": ({ with: given }) => ({ outputs: { double: `${given.x}${given.x}` } }),
    };
    const steps =
      '- { id: a, uses: o/a@v1, with: { x: "${{ github.ref_name }}" } }\n- run: echo "${{ steps.a.outputs.double }}"';
    assert.equal(logs(await ran(t, steps, { local: { actions } })).trim(), "mainmain");
    await assert.rejects(ran(t, steps), /uses o\/a@v1, for which this runner was given no stand-in/);
  });
});

describe("secrets", () => {
  const SECRET = "hunter2 & more\nsecond line";
  const run = { secrets: { S: SECRET } };

  it("are hidden in logs and summaries: as they are, line by line, encoded, and what a script adds", async (t) => {
    const done = await ran(
      t,
      `
- env: { S: "\${{ secrets.S }}" }
  run: |
    echo "$S"; printf %s "$S" | base64 --wrap=0; echo; printf x%s "$S" | base64 --wrap=0; echo
    echo "::add-mask::learned later"; echo "and learned later"; echo "$S" >> "$GITHUB_STEP_SUMMARY"`,
      { run },
    );
    assert.match(logs(done), /^\*\*\*\n\*\*\*\n/);
    assert.deepEqual(leaksIn(logs(done), { S: "hunter2 & more", T: "second line", L: "learned later" }), []);
    assert.doesNotMatch(done.steps[0]?.summary ?? "", /hunter2|second/);
    // What was printed is there for those who look for leaks.
    assert.ok(leaksIn(done.steps[0]?.unmasked ?? "", { S: "hunter2 & more" }).length > 0);
  });

  it("make no output of a job, and reach no run of a fork", async (t) => {
    const steps =
      '- { id: x, env: { S: "${{ secrets.S }}" }, run: \'echo "o=$S" | head -n 1 >> "$GITHUB_OUTPUT"; echo "p=1" >> "$GITHUB_OUTPUT"\' }';
    const more = '    outputs: { o: "${{ steps.x.outputs.o }}", p: "${{ steps.x.outputs.p }}" }\n';
    assert.deepEqual((await ran(t, steps, { run, more })).outputs, { p: "1" });
  });

  it("are found by whoever looks for them, however they were written", () => {
    const secrets = { S: "s3cret/of+mine=" };
    const texts = {
      "as it is": "x s3cret/of+mine= y",
      base64: Buffer.from("password: s3cret/of+mine=, more").toString("base64"),
      "URL-encoded": encodeURIComponent("s3cret/of+mine="),
      hexadecimal: Buffer.from("s3cret/of+mine=").toString("hex").toUpperCase(),
      backwards: "=enim+fo/terc3s",
      split: "s3cret\n /of+\nmine=",
    };
    for (const [form, text] of Object.entries(texts)) {
      assert.ok(
        leaksIn(text, secrets).some((leak) => leak.form === form),
        form,
      );
    }
    assert.deepEqual(leaksIn("s3cret of mine", secrets), []);
  });
});

describe("what this runner does not do", () => {
  for (const [more, message] of [
    ["    container: node:24\n", /runs in a container/],
    ["    services: { db: { image: postgres } }\n", /needs service containers/],
    ["    strategy: { matrix: { a: [1, 2] } }\n", /has a matrix/],
  ] as const) {
    it(`is refused in one sentence: ${more.trim()}`, async (t) => {
      await assert.rejects(ran(t, "- run: echo a", { more }), message);
    });
  }

  it("is refused in one sentence: a shell and a called workflow", async (t) => {
    await assert.rejects(ran(t, "- { shell: python, run: print(1) }"), /knows bash and sh/);
    const { open } = machines(t);
    const calling = await file("  a:\n    uses: o/r/.github/workflows/x.yml@v1\n");
    await assert.rejects(new Run(calling, PUSH, { open }).finish(), /calls another workflow/);
  });
});
