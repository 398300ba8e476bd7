/**
 * What the drift check does itself, from the engine's events to the report and the page, for 10,000 resources and 100
 * services against ten times the work for 1,000 and 10. The events are those of a recorded run, over and over: more than
 * half of the objects are found changed, which is more than any day brings.
 */
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { RefreshDigest } from "../../drift/digest.ts";
import { driftPage } from "../../drift/page/page.ts";
import { describeReport, driftReport } from "../../drift/report.ts";
import type { Settings } from "../../settings.ts";
import { recorded } from "../../tests/drift/recordings.ts";
import { kaiSettings } from "../../tests/settings/kai.ts";
import type { Bench, Figure } from "../bench.ts";
import { median } from "../measure.ts";

const STEP = 10;
const PAIRS = 5;
const PLAIN = { width: Number.POSITIVE_INFINITY, paint: (_style: string, text: string) => text };

/** A run of the engine over so many resources. */
interface Stream {
  lines: string[];
  resources: number;
  settings: Settings;
}

export async function growth({ progress }: Bench): Promise<Figure[]> {
  const small = await streamOf(1_000, 10);
  const large = await streamOf(1_000 * STEP, 10 * STEP);
  const measured = await progress.step("Drift's own work for 10,000 resources", async (say) => {
    const ratios: number[] = [];
    for (let pair = 0; pair <= PAIRS; pair++) {
      const one = milliseconds(large);
      const many = Array.from({ length: STEP }, () => milliseconds(small)).reduce((sum, each) => sum + each);
      if (pair > 0) ratios.push(one / many);
      say(`${one.toFixed(0)} ms against ${many.toFixed(0)} ms`);
    }
    return median(ratios);
  });
  return [
    {
      name: "drift's own work for 10,000 resources and 100 services / ten times for 1,000 and 10",
      ratio: measured,
      limit: 1.2,
    },
  ];
}

/** From the engine's lines to the report as text, as JSON and as a page. @throws Error if objects were not seen */
function milliseconds({ lines, resources, settings }: Stream): number {
  const start = performance.now();
  const digest = new RefreshDigest();
  for (const line of lines) digest.take(JSON.parse(line) as EngineEvent);
  const findings = digest.differences();
  const objects = digest.read.size;
  const report = driftReport([{ stack: "production", outcome: "drifted", objects, findings }]);
  JSON.stringify(report);
  describeReport(report, PLAIN);
  driftPage(report, [settings]);
  if (objects < resources || findings.length < resources / 2)
    throw new Error(`${resources} resources: ${objects} were read, ${findings.length} findings`);
  return performance.now() - start;
}

async function streamOf(resources: number, services: number): Promise<Stream> {
  const digest = new RefreshDigest();
  const events = recorded("drifted");
  for (const event of events) digest.take(event);
  const texts = events.map((event) => JSON.stringify(event));
  const lines: string[] = [];
  for (let copy = 0; copy * digest.read.size < resources; copy++) {
    // The name is the end of a URN; with another one it is another object.
    for (const text of texts) lines.push(text.replaceAll(/(urn:pulumi:[^"]*?)"/g, `$1-${copy}"`));
  }
  return { lines, resources, settings: await settingsWith(services) };
}

async function settingsWith(count: number): Promise<Settings> {
  const { services: [first] = [] } = await kaiSettings("production");
  const services = Array.from({ length: count }, (_, index) => ({
    ...first,
    name: `service-${index}`,
    requests: { cpu: "10m", memory: "16Mi" },
    limits: { cpu: "100m", memory: "64Mi" },
    public: false,
    path: undefined,
    callsServices: [],
  }));
  const quota = { pods: 5000, cpu: "20000", memory: "40000Gi" };
  return kaiSettings("production", { services, "namespace.quota": quota });
}
