/**
 * Requests of whole commands, against those that the plugin alone needs to look at the same resources once
 * (`pulumi refresh`), and what a large repository adds.
 */
import { nodeId, now, type RepositoryRecord } from "../../sandbox/github/store.ts";
import type { TestWorld } from "../../tests/support/world.ts";
import type { Bench, Figure } from "../bench.ts";
import { type Command, requestsOf } from "./requests.ts";
import { withGitHub } from "./world.ts";

const PRODUCTION = ["--stack", "production"];
const LOOK = ["refresh", "--preview-only"];

const REFRESH_PRODUCTION: Command = {
  name: "refresh",
  words: ["pulumi", ...LOOK, ...PRODUCTION],
  engines: 1,
};
const REFRESH_STAGING: Command = {
  name: "refresh",
  words: ["pulumi", ...LOOK, "--stack", "staging"],
  engines: 1,
};
const DRIFT: Command = { name: "kai drift", words: ["kai", "drift"], engines: 2 };
const DOCTOR: Command = { name: "kai doctor", words: ["kai", "doctor"], engines: 0 };

/** Of production; limit: against its refresh. */
const ENGINE_COMMANDS: [Command, limit: number][] = [
  [{ name: "preview", words: ["pulumi", "preview", ...PRODUCTION], engines: 1 }, 0.25],
  [
    {
      name: "up with nothing to do",
      words: ["pulumi", "up", "--yes", "--skip-preview", ...PRODUCTION],
      engines: 1,
    },
    0.25,
  ],
];

/** Of both stacks; limits: against their refreshes, and in the large repository against the small one. */
const OWN_COMMANDS: [Command, limit: number, growth: number][] = [
  [DRIFT, 2, 2.5],
  [DOCTOR, 1, 4.5],
];

export function commands(bench: Bench): Promise<Figure[]> {
  return withGitHub(bench, async (world) => {
    const count = (command: Command) =>
      bench.progress.step(`Requests of ${command.words.join(" ")}`, async () => {
        const requests = await requestsOf(command, world);
        bench.progress.note(`    ${command.name}: ${requests} requests`);
        return requests;
      });
    const production = await count(REFRESH_PRODUCTION);
    const both = production + (await count(REFRESH_STAGING));
    const figures: Figure[] = [];
    for (const [command, limit] of ENGINE_COMMANDS) {
      const name = `requests of ${command.name} / of the plugin's refresh`;
      figures.push({ name, ratio: (await count(command)) / production, limit });
    }
    const small = new Map<Command, number>();
    for (const [command, limit] of OWN_COMMANDS) {
      const requests = await count(command);
      small.set(command, requests);
      const name = `requests of ${command.name} / of the plugin's refresh`;
      figures.push({ name, ratio: requests / both, limit });
    }
    fill(world);
    for (const [command, , limit] of OWN_COMMANDS) {
      const name = `requests of ${command.name} with 100 rulesets, 1,000 branches, 100 secrets / without`;
      figures.push({ name, ratio: (await count(command)) / (small.get(command) as number), limit });
    }
    return figures;
  });
}

/** What somebody has made beside the pipeline. Written as documents: a repository may have 75 rulesets, others come from its organization. */
function fill(world: TestWorld): void {
  const record = world.clouds.github.store.data.repositories["basilakis/kai"] as RepositoryRecord;
  const [ruleset] = record.rulesets;
  const sha = record.refs["refs/heads/main"]?.object.sha;
  if (!ruleset || !sha) throw new Error("the repository has no rulesets yet");
  for (let id = 900_000; record.rulesets.length < 100; id++) {
    const conditions = { ref_name: { include: [`refs/heads/of-${id}`], exclude: [] } };
    record.rulesets.push({ ...ruleset, id, node_id: nodeId("RRS", id), name: `of-${id}`, conditions });
  }
  for (let number = 0; Object.keys(record.refs).length < 1000; number++) {
    const ref = `refs/heads/of-${number}`;
    record.refs[ref] = { ref, node_id: nodeId("REF", number), object: { type: "commit", sha } };
  }
  for (let number = 0; record.secrets.length < 100; number++) {
    record.secrets.push({ name: `OF_${number}`, created_at: now(), updated_at: now() });
  }
  world.clouds.github.store.save();
}
