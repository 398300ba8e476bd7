/**
 * How the preview of an unchanged stack grows with the number of services. Not faster than the number of resources is
 * good enough. Unchanged, because the engine (3.274) serialises the whole state again for each resource that is new,
 * in a preview too: that grows with the square of their number, whatever the program is.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { World } from "../../sandbox/world.ts";
import type { Bench, Figure } from "../bench.ts";
import { engineRun, median, type Run, type Timed } from "../measure.ts";
import { previewOf, withWorld } from "./world.ts";

const COUNTS = [2, 20, 100];
const RUNS = 3;

export function growth(bench: Bench): Promise<Figure[]> {
  return withWorld(bench, async (world) => {
    const file = join(bench.directory, "world/project/Pulumi.production.yaml");
    const original = readFileSync(file, "utf8");
    const previews: Run[] = [];
    for (const services of COUNTS) {
      writeFileSync(file, withServices(original, services));
      await bench.progress.step(`Up with ${services} services`, () => engineRun(upOf(world.env)));
      previews.push(await bench.progress.step(`Preview with ${services} services`, () => preview(world)));
    }
    const [least, ...more] = previews as [Run, ...Run[]];
    return more.map(({ seconds, resources }, index) => ({
      name: `preview with ${COUNTS[index + 1]} services / with ${COUNTS[0]}`,
      ratio: seconds / least.seconds,
      limit: resources / least.resources,
    }));
  });
}

/** Median time of some previews, after one that does not count. */
async function preview(world: World): Promise<Run> {
  const runs: Run[] = [];
  for (let run = 0; run <= RUNS; run++) {
    const measured = await engineRun(previewOf(world));
    if (run > 0) runs.push(measured);
  }
  return { seconds: median(runs.map(({ seconds }) => seconds)), resources: (runs[0] as Run).resources };
}

function upOf(env: NodeJS.ProcessEnv): Timed {
  return { args: ["up", "--yes", "--skip-preview", "--stack", "production"], env };
}

/** The stack file with so many copies of its first service, and room for them. */
function withServices(text: string, count: number): string {
  const document = parseDocument(text);
  const config = (document.toJS() as { config: Record<string, unknown> }).config;
  const [first] = config["kai:services"] as Record<string, unknown>[];
  const copies = Array.from({ length: count }, (_, index) => ({
    ...first,
    name: `service-${index}`,
    replicas: { min: 1, max: 2, cpuPercent: 80 },
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "100m", memory: "64Mi" },
    public: false,
    path: undefined,
    callsServices: [],
  }));
  document.setIn(["config", "kai:services"], copies);
  document.setIn(["config", "kai:namespace", "quota"], { pods: 5000, cpu: "20000", memory: "40000Gi" });
  return document.toString();
}
