/** Which jobs and steps run, by GitHub's rules. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  assumingMachines,
  ConcurrencyGroups,
  loadWorkflow,
  type Outcome,
  Run,
  type RunOptions,
  type WorkflowEvent,
} from "../../runner/index.ts";
import { file, job, machines, PUSH } from "./files.ts";

const CHAIN = `  a:\n    runs-on: x\n    steps: [{ run: a }]
  b:\n    needs: a\n    runs-on: x\n    steps: [{ run: b }]
  c:\n    needs: b\n    if: always()\n    runs-on: x\n    steps: [{ run: c }]
  d:\n    needs: c\n    runs-on: x\n    steps: [{ run: d }]
  e:\n    needs: c\n    if: failure()\n    runs-on: x\n    steps: [{ run: e }]
`;

async function results(
  jobs: string,
  assumed: [string, Outcome][] = [],
  event = PUSH,
  rest: Partial<RunOptions> = {},
): Promise<Record<string, string | undefined>> {
  const run = await new Run(await file(jobs), event, {
    open: assumingMachines(new Map(assumed)),
    ...rest,
  }).finish();
  return Object.fromEntries(run.jobs.map(({ id, result }) => [id, result]));
}

describe("jobs", () => {
  it("run when all before them succeeded", async () => {
    assert.deepEqual(await results(CHAIN), {
      a: "success",
      b: "success",
      c: "success",
      d: "success",
      e: "skipped",
    });
  });

  it("are judged by everything before them, not by what they need alone", async () => {
    const ended = await results(CHAIN, [["a", "failure"]]);
    assert.deepEqual(ended, { a: "failure", b: "skipped", c: "success", d: "skipped", e: "success" });
  });

  it("say why in the terms that decide", async () => {
    const condition =
      "github.ref == 'refs/heads/main' && (github.event_name == 'push' || github.actor == 'x')";
    const run = new Run(
      await file(job("- run: a", `    if: ${condition}\n`)),
      { ...PUSH, ref: "refs/heads/b" },
      { open: assumingMachines() },
    );
    const { verdict } = (await run.finish()).job("a");
    assert.deepEqual(verdict, {
      holds: false,
      because: "github.ref == 'refs/heads/main' (github.ref is 'refs/heads/b')",
    });
  });

  it("fail before their first step where their environment does not admit the ref, or nobody approves", async () => {
    const jobs = job("- run: a", "    environment: live\n");
    const rejected = { live: { approves: async () => false } };
    assert.deepEqual(await results(jobs, [], PUSH, { environments: { live: { admits: () => false } } }), {
      a: "failure",
    });
    assert.deepEqual(await results(jobs, [], PUSH, { environments: rejected }), { a: "failure" });
    assert.deepEqual(
      await results(jobs, [], PUSH, { environments: { live: { approves: async () => true } } }),
      { a: "success" },
    );
  });

  it("keep a deployment record, unless the environment says otherwise", async () => {
    const record = async (environment: string, assumed: [string, Outcome][] = []) => {
      const run = new Run(await file(job("- run: a", `    environment: ${environment}\n`)), PUSH, {
        open: assumingMachines(new Map(assumed)),
      });
      return (await run.finish()).job("a").deployment;
    };
    assert.deepEqual(await record("{ name: live, url: 'https://x' }"), {
      environment: "live",
      url: "https://x",
      states: ["in_progress", "success"],
    });
    assert.deepEqual((await record("live", [["a", "failure"]]))?.states, ["in_progress", "failure"]);
    assert.equal(await record("{ name: live, deployment: false }"), undefined);
  });

  it("that wait for an approval are cancelled with the run", async () => {
    const options = {
      open: assumingMachines(),
      environments: { live: { approves: () => new Promise<boolean>(() => {}) } },
    };
    const run = new Run(await file(job("- run: a", "    environment: live\n")), PUSH, options);
    const finished = run.finish();
    await new Promise(setImmediate);
    run.cancel();
    assert.equal((await finished).job("a").result, "cancelled");
  });
});

describe("running failed jobs again", () => {
  it("keeps what succeeded, with its outputs, and repeats what depends on the rest", async (t) => {
    const { open, tools } = machines(t, {
      work: '[ ! -e "$HOME/../../fails" ]; if [ "$1" = b ] && [ "$GITHUB_RUN_ATTEMPT" = 1 ]; then exit 1; fi',
    });
    const jobs = `  a:\n    runs-on: x\n    outputs: { o: "\${{ steps.s.outputs.o }}" }\n    steps: [{ id: s, run: "work a; echo o=1 >> $GITHUB_OUTPUT" }]
  b:\n    needs: a\n    runs-on: x\n    steps: [{ run: 'work b "\${{ needs.a.outputs.o }}"' }]
  c:\n    needs: b\n    runs-on: x\n    steps: [{ run: work c }]
`;
    const workflow = await file(jobs);
    const first = await new Run(workflow, PUSH, { open }).finish();
    assert.deepEqual(
      first.jobs.map(({ result }) => result),
      ["success", "failure", "skipped"],
    );
    const second = await new Run(workflow, PUSH, { open, again: first }).finish();
    assert.deepEqual(
      second.jobs.map(({ result }) => result),
      ["success", "success", "success"],
    );
    assert.equal(second.id, first.id);
    assert.deepEqual(
      tools.calls().map(({ args }) => args.join(" ")),
      ["a", "b 1", "b 1", "c"],
    );
  });
});

describe("concurrency", () => {
  const grouped = (more: string) =>
    job("- run: a", `    environment: live\n    concurrency: { group: g${more} }\n`);

  /** Three runs at once of which the first waits until the others have come. */
  async function three(more: string): Promise<(string | undefined)[]> {
    const workflow = await file(grouped(more));
    const groups = new ConcurrencyGroups();
    const gate = Promise.withResolvers<void>();
    const open: RunOptions["open"] = async (order) => {
      const machine = await assumingMachines()(order);
      return {
        ...machine,
        carryOut: async (call) => {
          await Promise.race([
            gate.promise,
            new Promise((resolve) => call.signal.addEventListener("abort", resolve)),
          ]);
          return {
            ...(await machine.carryOut(call)),
            outcome: call.signal.aborted ? "cancelled" : "success",
          };
        },
      };
    };
    const runs = Array.from({ length: 3 }, () => new Run(workflow, PUSH, { open, groups }));
    const finished: Promise<unknown>[] = [];
    for (const run of runs) {
      finished.push(run.finish());
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    }
    gate.resolve();
    await Promise.all(finished);
    return runs.map((run) => run.job("a").result);
  }

  it("drops all but the newest of those that wait, by default", async () => {
    assert.deepEqual(await three(""), ["success", "cancelled", "success"]);
  });

  it("loses none with a queue", async () => {
    assert.deepEqual(await three(", queue: max"), ["success", "success", "success"]);
  });

  it("cancels who is at work where that is wanted", async () => {
    assert.deepEqual(await three(", cancel-in-progress: true"), ["cancelled", "cancelled", "success"]);
  });
});

describe("a workflow", () => {
  const starts = async (on: string, event: Partial<WorkflowEvent>) => {
    const workflow = await file(job("- run: a"), on);
    return new Run(workflow, { ...PUSH, ...event }, { open: assumingMachines() }).notStarted === undefined;
  };
  const pull = (base: string, action = "opened") => ({
    name: "pull_request",
    ref: "refs/pull/1/merge",
    payload: { action, pull_request: { base: { ref: base } } },
  });

  it("starts by branches, tags, paths and types", async () => {
    const cases: [string, Partial<WorkflowEvent>, boolean][] = [
      ["on: push", { ref: "refs/tags/v1" }, true],
      ["on: { push: { branches: [main] } }", {}, true],
      ["on: { push: { branches: [main] } }", { ref: "refs/heads/main2" }, false],
      ["on: { push: { branches: [main] } }", { ref: "refs/tags/main" }, false],
      ["on: { push: { branches: ['rel/*'] } }", { ref: "refs/heads/rel/a/b" }, false],
      ["on: { push: { branches: ['rel/**'] } }", { ref: "refs/heads/rel/a/b" }, true],
      ["on: { push: { branches: ['**', '!wip/**'] } }", { ref: "refs/heads/wip/a" }, false],
      ["on: { push: { branches: ['v[12].[0-9]+'] } }", { ref: "refs/heads/v1.10" }, true],
      ["on: { push: { branches: ['a\\+b'] } }", { ref: "refs/heads/a+b" }, true],
      ["on: { push: { branches-ignore: [main] } }", {}, false],
      ["on: { push: { paths: ['docs/**'] } }", { paths: ["src/a.ts"] }, false],
      ["on: { push: { paths: ['docs/**'] } }", { paths: ["src/a.ts", "docs/b/c.md"] }, true],
      ["on: { push: { paths-ignore: ['**/*.md'] } }", { paths: ["a.md", "b/c.md"] }, false],
      ["on: { pull_request: { branches: [main] } }", pull("main"), true],
      ["on: { pull_request: { branches: [main] } }", pull("staging"), false],
      ["on: pull_request", pull("main", "labeled"), false],
      ["on: { pull_request: { types: [labeled] } }", pull("main", "labeled"), true],
      ["on: pull_request", {}, false],
    ];
    for (const [on, event, expected] of cases)
      assert.equal(await starts(on, event), expected, `${on} ${JSON.stringify(event)}`);
  });

  it("takes inputs as they are declared", async () => {
    const on =
      "on: { workflow_dispatch: { inputs: { where: { type: choice, options: [a, b], default: a }, sure: { type: boolean, required: true } } } }";
    const workflow = await file(job("- run: a", "    if: inputs.sure && inputs.where == 'a'\n"), on);
    const run = async (inputs: Record<string, string>) =>
      (
        await new Run(
          workflow,
          { ...PUSH, name: "workflow_dispatch", inputs },
          { open: assumingMachines() },
        ).finish()
      ).job("a").result;
    assert.equal(await run({ sure: "true" }), "success");
    assert.equal(await run({ sure: "false" }), "skipped");
    await assert.rejects(run({}), /requires the input sure/);
    await assert.rejects(run({ sure: "true", where: "c" }), /c is none of the choices/);
    await assert.rejects(run({ sure: "true", other: "c" }), /has no input other/);
  });

  it("that GitHub refuses is refused with its words", async () => {
    await assert.rejects(
      loadWorkflow({
        path: "x.yml",
        content: "on: push\njobs:\n  a:\n    needs: [b]\n    runs-on: x\n    steps: [{ run: a }]\n",
      }),
      /GitHub would refuse x\.yml: .*b/,
    );
  });
});
