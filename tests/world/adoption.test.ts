/** Ten repositories are adopted on the real engine: what is announced is what happens, and nothing is lost on the way. */
import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { type Change, changesBetween } from "../../github/adoption/objects.ts";
import { ADOPTION_PARTS, type Present, presentOf } from "../../github/adoption/present.ts";
import type { AdoptionReport } from "../../github/adoption/report.ts";
import { githubClient } from "../../github/client.ts";
import { readInventory } from "../../github/inventory/read.ts";
import type { RepositoryRecord } from "../../sandbox/github/store.ts";
import { EXISTING, type Existing, layDown } from "../support/existing-repositories.ts";
import { watch } from "../support/protection-samples.ts";
import { freshWorld, run, type TestWorld } from "../support/world.ts";

const UP = ["up", "--yes", "--skip-preview", "--non-interactive"];

/** Nothing but GitHub, which is what is adopted here. */
const GITHUB_ALONE = {
  clouds: { digitalocean: false, aws: false, vercel: false, database: false },
  sites: [],
  services: [],
};

/** Commands in a project and a state of its own, on the world's clouds. */
class Adoption {
  readonly #world: TestWorld;
  readonly #env: NodeJS.ProcessEnv;
  readonly #target: { owner: string; repo: string };
  readonly record: RepositoryRecord;

  constructor(world: TestWorld, existing: Existing) {
    // Beside the world's own, since the project names its program by a relative path.
    const folder = (name: string) => join(world.directory, `${name}-${existing.name}`);
    for (const name of ["project", "state"]) {
      cpSync(join(world.directory, name), folder(name), { recursive: true });
    }
    const project = folder("project");
    this.#world = world;
    this.#target = { owner: existing.owner, repo: existing.name };
    this.#env = {
      ...world.env,
      PULUMI_OPTION_CWD: project,
      PULUMI_NODEJS_ROOT_DIRECTORY: project,
      PULUMI_BACKEND_URL: pathToFileURL(folder("state")).href,
    };
    this.record = layDown(world.clouds.github, existing);
  }

  async present(): Promise<Present> {
    return presentOf(await readInventory(githubClient(this.#env), this.#target, ADOPTION_PARTS));
  }

  async adopt(...options: string[]): Promise<AdoptionReport> {
    const { owner, repo } = this.#target;
    const output = await this.succeed("kai", "adopt", `${owner}/${repo}`, "--json", ...options);
    return jsonIn(output) as AdoptionReport;
  }

  run(command: string, ...args: string[]) {
    return run(command, args, this.#env);
  }

  async succeed(command: string, ...args: string[]): Promise<string> {
    const { code, output } = await this.run(command, ...args);
    if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code}:\n${output}`);
    return output;
  }

  /** The documents of an object that is kept, and the value of a secret. */
  raw(object: string): unknown {
    const { record } = this;
    const [, kind = "", rest = ""] = /^(ruleset|classic rule|branch|environment) (.*)$/.exec(object) ?? [];
    if (kind === "ruleset") return record.rulesets.find(({ name }) => name === rest);
    if (kind === "classic rule")
      return record.branch_protection_rules.find(({ pattern }) => pattern === rest);
    if (kind === "branch") return record.refs[`refs/heads/${rest}`];
    if (kind === "environment") return record.environments.find(({ name }) => name === rest);
    const [, secret = "", , place = ""] = /^secret (\w+)( of environment (.*))?$/.exec(object) ?? [];
    const path = [record.repository.full_name, ...(place ? [place] : []), secret].join("/");
    return secret === "" ? undefined : this.#world.clouds.github.vault.data[path];
  }
}

describe("kai adopt on the real engine", async () => {
  it("every repository", async (t) => {
    const world = await freshWorld(t);
    for (const stack of world.stacks) world.configure(stack, GITHUB_ALONE);
    for (const existing of EXISTING) {
      await t.test(existing.name, (inner) => adopted(inner, new Adoption(world, existing), world));
    }
  });
});

async function adopted(t: TestContext, adoption: Adoption, world: TestWorld): Promise<void> {
  const before = await adoption.present();
  const report = await adoption.adopt("--write");
  const keptBefore = report.kept.map((object) => [object, structuredClone(adoption.raw(object))]);
  const tags = structuredClone(
    Object.entries(adoption.record.refs).filter(([ref]) => ref.startsWith("refs/tags/")),
  );
  const watched = watch(world.clouds.github, adoption.record);

  let last = before;
  for (const { stack, changes } of report.stacks) {
    await adoption.succeed("pulumi", ...UP, "--stack", stack);
    const next = await adoption.present();
    assert.deepEqual(sorted(changesBetween(last, next)), sorted(changes), `announced of ${stack}, and real`);
    last = next;
  }
  assert.deepEqual(
    report.kept.map((object) => [object, adoption.raw(object)]),
    keptBefore,
    "what is kept is untouched",
  );
  assert.deepEqual(
    Object.entries(adoption.record.refs).filter(([ref]) => ref.startsWith("refs/tags/")),
    tags,
  );
  if (adoption.record.branch_protection_rules.length > 0) await convert(adoption);
  const { gained, samples, refused } = watched.stop();
  assert.deepEqual(gained, [], "nothing became possible, not even for a moment");
  assert.ok(samples > 20, `${samples} samples`);
  t.diagnostic(`${samples} samples of what ${refused} refused attempts may do`);

  const again = await adoption.adopt("--write");
  assert.deepEqual(
    again.stacks.map(({ changes, imports }) => [changes, imports]),
    [
      [[], {}],
      [[], {}],
    ],
  );
  assert.deepEqual(again.configuration, []);
}

/** Classic rules by repository: which go after the `up`, and why the others stay. */
const CONVERTED: Record<string, { removed: string[]; stay: Record<string, RegExp> }> = {
  classic: { removed: ["main", "staging"], stay: { "release/*": /not for one of the pipeline's branches/ } },
  both: {
    removed: [],
    stay: {
      main: /that only who may bypass moves it \(classic rule main\) is demanded of fewer people/,
      "dev*": /not for one of the pipeline's branches/,
    },
  },
  organizations: { removed: ["main"], stay: {} },
  "master-and-develop": { removed: ["master"], stay: {} },
};

async function convert(adoption: Adoption): Promise<void> {
  const { name } = adoption.record.repository;
  const { removed, stay } = CONVERTED[name] ?? { removed: [], stay: {} };
  const { output } = await adoption.run("kai", "adopt", "--remove-classic", "--write", "--json");
  const answer = jsonIn(output) as { removed: string[]; rules: object[] };
  assert.deepEqual(answer.removed, removed, output);
  for (const [pattern, reason] of Object.entries(stay)) {
    const rule = answer.rules.find((one) => "pattern" in one && one.pattern === pattern);
    assert.match(JSON.stringify(rule), reason);
  }
  const left = adoption.record.branch_protection_rules.map(({ pattern }) => pattern);
  assert.deepEqual(left.sort(), Object.keys(stay).sort());
}

/** Progress is around it. */
function jsonIn(output: string): unknown {
  return JSON.parse(output.slice(output.indexOf("\n{\n") + 1, output.lastIndexOf("\n}\n") + 2));
}

function sorted(changes: readonly Change[]): Change[] {
  return changes.toSorted((one, other) => (one.object < other.object ? -1 : 1));
}
