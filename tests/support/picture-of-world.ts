/** What the clouds of a world hold, without what is different each time: ids, times, addresses, order. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const CHANGING = [
  /\d{4}-\d\d-\d\dT[\d:.]+Z/g,
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
  // GitHub's node ids carry the number in base64; CloudFront's caller references are random.
  /\b[A-Z]{1,6}_[\w-]{12,}/g,
  /\bpulumi-[0-9A-F]{20}\b/g,
  /\b(?:AKIA|AIDA|E|d|team_|prj_)[0-9A-Za-z]{10,}\b/g,
  /\b[0-9a-f]{10,}\b/g,
  // The kubernetes plugin chooses the end of a name that the program does not give.
  /(?<=\bdeployer-token-)\w{7}\b/g,
  /\b\d{3,}(?:\.\d+)*\b/g,
  /\b10(?:\.\d{1,3}){3}\b/g,
];

/** Counters that tell how often something was written, not what is there. */
const COUNTERS = new Set([
  "resourceVersion",
  "revision",
  "serial",
  "nextId",
  "generation",
  "observedGeneration",
]);

/** Comparable with `deepEqual`: two worlds with the same objects are equal, one object more is a difference. */
export function pictureOfWorld(directory: string): unknown {
  const folder = join(directory, "clouds");
  return Object.fromEntries(
    readdirSync(folder).map((file) => [
      file,
      normalized(JSON.parse(readFileSync(join(folder, file), "utf8"))),
    ]),
  );
}

/** A document without ids, times and order. */
export function normalized(value: unknown): unknown {
  if (typeof value === "string")
    return CHANGING.reduce((text, pattern) => text.replaceAll(pattern, "#"), value);
  if (typeof value === "number") return value > 99 ? "#" : value;
  if (Array.isArray(value)) return value.map(normalized).sort(byText);
  if (typeof value !== "object" || value === null) return value;
  // Objects whose keys are ids become lists: two that only differ in the id must both be seen.
  const lasting = Object.entries(value).filter(([key]) => !COUNTERS.has(key));
  const entries = lasting.map(([key, item]) => [normalized(key), normalized(item)] as const);
  return entries.some(([key]) => String(key).includes("#"))
    ? entries.map(([key, item]) => ({ key, item })).sort(byText)
    : Object.fromEntries(entries.sort(byText));
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}
