/** How a preview grows with the number of services. Not faster than the number of resources is good enough. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { Bench, Figure } from "./bench.ts";
import { median, seconds } from "./measure.ts";
import { withWorld } from "./world.ts";

const COUNTS = [2, 20, 100];
const RUNS = 3;
/** Resources of one service, and those that production has without any. */
const EACH = 11;
const REST = 122;

export function growth(bench: Bench): Promise<Figure[]> {
  return withWorld(bench, async (world) => {
    const file = join(bench.directory, "world/project/Pulumi.production.yaml");
    const original = readFileSync(file, "utf8");
    const times: number[] = [];
    for (const services of COUNTS) {
      writeFileSync(file, withServices(original, services));
      const runs = await bench.progress.step(`Preview with ${services} services`, async (say) => {
        const measured: number[] = [];
        for (let run = 0; run <= RUNS; run++) {
          const time = await seconds({ args: ["preview", "--stack", "production"], env: world.env });
          if (run > 0) measured.push(time);
          say(`${time.toFixed(1)} s`);
        }
        return measured;
      });
      times.push(median(runs));
    }
    writeFileSync(file, original);
    const [least = 1] = times;
    return COUNTS.slice(1).map((services, index) => ({
      name: `preview with ${services} services / with ${COUNTS[0]}`,
      ratio: (times[index + 1] as number) / least,
      limit: (REST + EACH * services) / (REST + EACH * (COUNTS[0] as number)),
    }));
  });
}

/** The stack file with so many copies of its first service, and room for them. */
function withServices(text: string, count: number): string {
  const document = parseDocument(text);
  const config = (document.toJS() as { config: Record<string, unknown> }).config;
  const [first] = config["kai:services"] as Record<string, unknown>[];
  const copies = Array.from({ length: count }, (_, index) => ({
    ...first,
    name: `service-${index}`,
    public: false,
    path: undefined,
    callsServices: [],
  }));
  document.setIn(["config", "kai:services"], copies);
  document.setIn(["config", "kai:namespace", "quota"], { pods: 5000, cpu: "20000", memory: "40000Gi" });
  return document.toString();
}
