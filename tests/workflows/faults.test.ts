import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, it } from "node:test";
import { BUILD, COMMENT, deployJob, IMAGES, NOTIFY } from "../../pipeline/jobs.ts";
import { expressionsOf } from "../../pipeline/workflows/reads.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { RunStep, Step, Workflow, WorkflowJob } from "../../pipeline/workflows/types.ts";
import type { Settings } from "../../settings.ts";
import { VARIANTS, variant } from "./variants.ts";

/**
 * The faults that the platform's own workflows had: each makes one test. What each describes was read in, or
 * reproduced with, the file at the commit 45b4b91 or in July 2025.
 */

interface Case {
  name: string;
  stacks: Settings[];
  workflows: Workflow[];
  deploy: Workflow;
}
const cases: Case[] = [];

before(async () => {
  for (const name of Object.keys(VARIANTS)) {
    const stacks = await variant(name);
    const workflows = workflowsOf(stacks);
    cases.push({ name, stacks, workflows: Object.values(workflows), deploy: workflows.deploy });
  }
});

const jobs = () =>
  cases.flatMap(({ workflows }) => workflows.flatMap((workflow) => Object.entries(workflow.jobs)));
const isRun = (step: Step): step is RunStep => "run" in step;
const scripts = (job: WorkflowJob) => job.steps.filter(isRun);
const allScripts = () => jobs().flatMap(([, job]) => scripts(job));
const deployJobs = ({ stacks, deploy }: Case) =>
  stacks.map((stack) => [stack, deploy.jobs[deployJob(stack.environment.name).id] as WorkflowJob] as const);
const position = (job: WorkflowJob, pattern: RegExp) => job.steps.findIndex(({ name }) => pattern.test(name));

/** Jobs that hand a report on, and that tell of it. */
const looksForDrift = (id: string) => /^(drift|tell)-/.test(id);
const tells = (id: string) => id.startsWith("tell-");

/** Steps whose failure changes nothing about what was checked or done. */
const DISPENSABLE = new Set([
  "Tell Slack",
  "Get the report",
  "Look at the run before",
  "Look whether drift is looked for",
]);

describe("a rendered workflow cannot", () => {
  it("let a person choose an environment that contradicts the branch", () => {
    for (const { workflows } of cases) {
      for (const { on } of workflows) assert.equal(on.workflow_dispatch ?? null, null);
    }
    for (const expression of jobs().flatMap(([, job]) => expressionsOf(job))) {
      assert.doesNotMatch(expression, /\binputs\b|event\.inputs/);
    }
  });

  it("deploy without migrations, or before them", () => {
    for (const one of cases.filter(({ name }) => name !== "no database")) {
      for (const [, job] of deployJobs(one)) {
        const migration = position(job, /^Run database migrations$/);
        assert.ok(migration >= 0, one.name);
        const deploys = job.steps.findIndex(({ name }) => /^(Deploy|Upload|Roll out) /.test(name));
        assert.ok(deploys === -1 || migration < deploys, one.name);
        assert.equal(job.steps[migration]?.if, undefined);
      }
    }
  });

  it("call a command of this program that does not exist", () => {
    const calls = new Map<string, Set<string>>();
    const pattern = /npm run --silent kai -- ((?:[a-z]+ )*?[a-z]+)(?= -| "|\)|\n|"|$)([^>|)]*)/g;
    for (const [, command = "", rest = ""] of allScripts().flatMap(({ run }) => [...run.matchAll(pattern)])) {
      const options = calls.get(command) ?? new Set();
      for (const [option] of rest.matchAll(/--[a-z-]+/g)) options.add(option);
      calls.set(command, options);
    }
    assert.deepEqual([...calls.keys()].sort(), [
      "drift",
      "drift tell",
      "engine",
      "migrate rehearse",
      "migrate up",
      "preview",
    ]);
    for (const [command, options] of calls) {
      const help = spawnSync(process.execPath, ["cli/kai.cjs", ...command.split(" "), "--help"], {
        encoding: "utf8",
      });
      assert.equal(help.status, 0, help.stderr);
      for (const option of options) assert.match(help.stdout, new RegExp(`${option}\\b`), `kai ${command}`);
    }
  });

  it("run a script of package.json that nobody looked for first, or tests without dependencies", () => {
    for (const one of cases) {
      const build = one.deploy.jobs[BUILD.id] as WorkflowJob;
      const check = build.steps.find(({ name }) => name === "Check what the steps need");
      const known = check?.env?.SCRIPTS?.split(" ") ?? [];
      for (const [stack, job] of deployJobs(one)) {
        const tests = position(job, /^Run (integration|smoke) tests$/);
        assert.ok(tests >= 0);
        const install = position(job, /^Install dependencies$/);
        assert.ok(install >= 0 && install < tests);
        const script = /^(?:yarn|npm run|pnpm run) ([\w:]+)$/.exec(
          (job.steps[tests] as RunStep).run.trim(),
        )?.[1];
        if (script) assert.ok(known.includes(script), `${one.name} ${stack.stack} ${script}`);
      }
    }
  });

  it("rely on a lock file that is not committed, or keep a cache that a deployment would run", () => {
    for (const { deploy } of cases) {
      const build = deploy.jobs[BUILD.id] as WorkflowJob;
      assert.ok(position(build, /^Check what the steps need$/) < position(build, /^Install dependencies$/));
      assert.ok(build.steps.some(({ env }) => env?.LOCK_FILE));
    }
    for (const [, { steps }] of jobs()) {
      for (const step of steps) {
        if (!("uses" in step)) continue;
        assert.doesNotMatch(step.uses, /cache/);
        assert.equal(step.with?.cache, undefined);
        if (step.uses.includes("setup-node")) assert.equal(step.with?.["package-manager-cache"], false);
      }
    }
  });

  it("read an output of a step or job that does not come before, or that gives none", () => {
    for (const { workflows } of cases) {
      for (const { jobs: all } of workflows) {
        for (const [id, job] of Object.entries(all)) checkReferences(id, job, all);
      }
    }
  });

  it("make a second deployment record, or one that does not end as the deployment did", () => {
    for (const { run } of allScripts())
      assert.doesNotMatch(run, /(POST|PUT|PATCH|--field|-f ).*deployments|mutation/);
    for (const one of cases) {
      for (const [{ environment }, job] of deployJobs(one)) {
        assert.equal(job.environment?.name, environment.name);
        assert.equal(job.environment?.deployment, undefined);
        assert.equal(
          job.steps.some((step) => step["continue-on-error"]),
          false,
        );
      }
    }
    const records = jobs().filter(([, { environment }]) => environment && environment.deployment !== false);
    assert.ok(records.every(([id]) => id.startsWith("deploy-")));
  });

  it("build an image twice for one commit, or deploy it by a name that can move", () => {
    for (const { deploy, stacks } of cases) {
      const building = Object.entries(deploy.jobs).filter(([, job]) =>
        scripts(job).some(({ run }) => /docker (buildx )?build/.test(run)),
      );
      const expected = stacks.some(({ clouds, services }) => clouds.digitalocean && services.length > 0);
      assert.deepEqual(
        building.map(([id]) => id),
        expected ? [IMAGES.id] : [],
      );
    }
    for (const { run } of allScripts()) {
      assert.doesNotMatch(run, /:latest|:staging|:production/);
      if (run.includes("set image") && run.includes("$DIGEST"))
        assert.match(run, /sha256:\*\) ;;[\s\S]*@\$DIGEST/);
    }
  });

  it("take whatever version of a tool is newest", () => {
    for (const [, job] of jobs()) {
      assert.doesNotMatch(job["runs-on"], /latest/);
      for (const step of job.steps) {
        if ("uses" in step) assert.match(step.uses, /^[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
        else {
          for (const [, tool] of step.run.matchAll(/(?:npx --yes|npm install --global) (\S+)/g)) {
            assert.match(tool ?? "", /^[\w-]+@\d+\.\d+\.\d+$/);
          }
        }
        if (step.env?.KUBECTL_VERSION) assert.match(step.env.KUBECTL_VERSION, /^v1\.\d+\.\d+$/);
      }
    }
  });

  it("lose a build on its way: what is published was built in the same job", () => {
    for (const [id, { steps }] of jobs().filter(([id]) => !looksForDrift(id))) {
      for (const step of steps) if ("uses" in step) assert.doesNotMatch(step.uses, /artifact/, id);
    }
    for (const one of cases) {
      for (const [{ sites }, job] of deployJobs(one)) {
        for (const site of sites) {
          const upload = position(job, new RegExp(`^Upload ${site.name} to S3$`));
          if (upload === -1) continue;
          const build = job.steps[position(job, new RegExp(`^Build ${site.name}$`))] as RunStep;
          assert.ok(job.steps.indexOf(build) < upload);
          assert.equal(
            job.steps[upload]?.env?.DIRECTORY,
            `${build["working-directory"]}/${site.outputDirectory}`,
          );
        }
      }
    }
  });

  it("give a job more rights than it needs, or let it run for ever", () => {
    for (const { workflows } of cases)
      for (const { permissions } of workflows) assert.deepEqual(permissions, {});
    for (const [id, job] of jobs()) {
      const { contents, "id-token": token, deployments, "pull-requests": pulls, ...more } = job.permissions;
      const { actions, issues, ...others } = more;
      assert.deepEqual(others, {}, id);
      assert.ok(contents === undefined || contents === "read", id);
      assert.equal(deployments, id.startsWith("deploy-") ? "read" : undefined, id);
      assert.equal(pulls, id === COMMENT.id ? "write" : undefined, id);
      assert.equal(issues, tells(id) ? "write" : undefined, id);
      assert.equal(actions, looksForDrift(id) || id === NOTIFY.id ? "read" : undefined, id);
      const signsIn = job.steps.some(
        (step) => "uses" in step && step.uses.includes("configure-aws-credentials"),
      );
      assert.equal(token === "write", signsIn, id);
      assert.ok(job["timeout-minutes"] <= 120, id);
      for (const step of job.steps) {
        if ("uses" in step && step.uses.startsWith("actions/checkout")) {
          assert.equal(step.with?.["persist-credentials"], false);
        }
      }
    }
  });

  it("drop a waiting deployment or cut one off", () => {
    for (const one of cases) {
      for (const [{ environment }, job] of deployJobs(one)) {
        const queue = { group: `deploy-${environment.name}`, "cancel-in-progress": false, queue: "max" };
        assert.deepEqual(job.concurrency, queue);
      }
    }
  });

  it("wait for ever for a roll-out, or stay on a release that failed", () => {
    for (const { run } of allScripts()) {
      for (const line of run.split("\n").filter((text) => text.includes("rollout status")))
        assert.match(line, /--timeout=/);
    }
    for (const one of cases) {
      for (const [, job] of deployJobs(one)) {
        const rolls = position(job, /^Roll out /);
        if (rolls === -1) continue;
        const last = job.steps.at(-1);
        assert.equal(last?.name, "Return to the previous images");
        assert.match(last.if ?? "", /failure\(\) \|\| cancelled\(\)/);
      }
    }
  });

  it("put text from outside, or a secret, into a script", () => {
    for (const { run, name } of allScripts()) {
      assert.deepEqual(expressionsOf(run), [], name);
      assert.doesNotMatch(run, /(--token|--password|--key)[ =]"?\$/, name);
    }
  });

  it("be refused by GitHub: no job that does not exist is waited for, no secret in a condition or a called workflow", () => {
    for (const { workflows } of cases) {
      for (const { jobs: all } of workflows) {
        for (const job of Object.values(all)) {
          for (const need of job.needs ?? []) assert.ok(need in all);
          for (const part of [job, ...job.steps]) assert.doesNotMatch(part.if ?? "", /secrets/);
          assert.equal("uses" in job, false);
        }
      }
    }
  });

  it("turn a choice of environment into the text true", () => {
    for (const [, { if: _, steps, ...job }] of jobs()) {
      const values = [job, ...steps.map(({ if: __, ...step }) => step)];
      for (const expression of values.flatMap(expressionsOf)) {
        assert.match(
          expression.trim(),
          /^((secrets|vars|steps|needs|runner)\.[\w.-]+|toJSON\(needs\)|'\$\{\{'|github\.(token|event\.pull_request\.(number|head\.sha)))$/,
        );
      }
    }
  });

  it("roll out a name that the cluster does not have", () => {
    for (const one of cases) {
      const published = one.deploy.jobs[IMAGES.id]?.steps.flatMap(({ name, env }) =>
        /^Publish /.test(name) ? [env?.IMAGE] : [],
      );
      for (const [stack, job] of deployJobs(one)) {
        const rolled = job.steps.filter(({ name }) => name.startsWith("Roll out "));
        const found = rolled.map(({ env }) => [env?.NAMESPACE, env?.DEPLOYMENT, env?.CONTAINER, env?.IMAGE]);
        const services = stack.clouds.digitalocean ? stack.services : [];
        const wanted = services.map(({ name, container, image }) => [
          stack.namespace.name,
          name,
          container,
          image,
        ]);
        assert.deepEqual(found, wanted);
        for (const { env } of rolled) assert.ok(published?.includes(env?.IMAGE));
      }
    }
  });

  it("use a kubeconfig that another job saved, or one that two environments share", () => {
    for (const one of cases) {
      const namespaces = deployJobs(one).map(([, job]) => {
        const connect = position(job, /^Connect to the cluster$/);
        const firstUse = job.steps.findIndex(
          (step) => isRun(step) && step.run.includes("kubectl --namespace"),
        );
        assert.ok(firstUse === -1 || (connect >= 0 && connect < firstUse));
        return job.steps[firstUse]?.env?.NAMESPACE;
      });
      const used = namespaces.filter((name) => name !== undefined);
      assert.equal(new Set(used).size, used.length);
    }
    for (const [id, job] of jobs()) {
      const reads = expressionsOf(job).some((text) => text.includes("secrets."));
      assert.ok(!reads || job.environment || id === NOTIFY.id || tells(id), id);
    }
  });

  it("store the run's own token anywhere, or give it to a step that runs what others wrote", () => {
    for (const [id, job] of jobs()) {
      for (const step of job.steps) {
        const { GH_TOKEN, ...env } = step.env ?? {};
        // The one command that needs it, from the branch that is deployed.
        if (tells(id) && step.name === "Tell what was found") delete env.GITHUB_TOKEN;
        assert.doesNotMatch(JSON.stringify({ ...step, env }), /github\.token|secrets\.GITHUB_TOKEN/, id);
        if (GH_TOKEN)
          assert.ok(isRun(step) && !/npm|yarn|pnpm|npx|\.\//.test(step.run), `${id} ${step.name}`);
      }
    }
    for (const { run } of allScripts()) assert.doesNotMatch(run, /create secret|GH_TOKEN/);
  });

  it("write to a pull request with a job that runs it, or that sees a secret", () => {
    for (const [id, job] of jobs().filter(([, { permissions }]) =>
      Object.values(permissions).includes("write"),
    )) {
      if (job.permissions["pull-requests"] !== "write") continue;
      assert.equal(id, COMMENT.id);
      assert.equal(job.environment, undefined);
      assert.ok(job.steps.every(isRun));
      assert.ok(!expressionsOf(job).some((text) => text.includes("secrets.")));
    }
  });

  it("verify with a command that cannot fail", () => {
    for (const { run, name } of allScripts()) assert.doesNotMatch(run, /\|\| (echo|true|:)/, name);
    for (const [, { steps }] of jobs()) {
      for (const step of steps)
        assert.ok(!step["continue-on-error"] || DISPENSABLE.has(step.name), step.name);
    }
  });

  it("build from a file that is not there", () => {
    for (const { deploy, name } of cases) {
      const files = deploy.jobs[BUILD.id]?.steps.flatMap(({ env }) => env?.FILES?.split("\n") ?? []) ?? [];
      const used = deploy.jobs[IMAGES.id]?.steps.flatMap(({ env }) => env?.DOCKERFILE ?? []) ?? [];
      for (const file of used) assert.ok(files.includes(file), `${name} ${file}`);
    }
  });
});

function checkReferences(id: string, job: WorkflowJob, all: Record<string, WorkflowJob>): void {
  const seen = new Set<string>();
  const check = (text: string) => {
    for (const [, step, output] of text.matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      const giver = job.steps.find((candidate) => candidate.id === step);
      assert.ok(giver && seen.has(String(step)), `${id}: ${text}`);
      if (isRun(giver)) assert.match(giver.run, new RegExp(`${output}(=|<<)`), `${id}: ${text}`);
    }
    for (const [, need, output] of text.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g)) {
      assert.ok(job.needs?.includes(String(need)), `${id}: ${text}`);
      assert.ok(all[String(need)]?.outputs?.[String(output)], `${id}: ${text}`);
    }
  };
  for (const step of job.steps) {
    for (const text of expressionsOf(step)) check(text);
    if (step.id) seen.add(step.id);
  }
  for (const text of expressionsOf([job.outputs ?? {}, job.environment ?? {}])) check(text);
}
