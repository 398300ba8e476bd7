/** The pipeline of one stack as a drawing, with what was found where. No I/O. */
import { deployJob } from "../../pipeline/jobs.ts";
import { type Part, partsOf } from "../../pipeline/picture.ts";
import type { Settings } from "../../settings.ts";
import type { Finding } from "../findings.ts";
import { type Html, html } from "./html.ts";

/** What people call the clouds, in the order of the drawing. */
export const CLOUDS: Record<string, string> = {
  github: "GitHub",
  database: "Database",
  vercel: "Vercel",
  aws: "AWS",
  kubernetes: "Kubernetes",
  digitalocean: "DigitalOcean",
};

/** The findings of a cloud, the worst first, and the id of the place that lists them. */
export type Places = ReadonlyMap<string, { id: string; findings: readonly Finding[] }>;

interface Box {
  name: string;
  detail: string;
  /** Whose findings it shows. */
  cloud?: string;
}

interface Frame {
  x: number;
  y: number;
  width: number;
}

/** Sizes in the drawing's units, which are pixels on a narrow screen. */
const [WIDTH, HEIGHT, GAP, MARGIN] = [328, 50, 20, 4];
const WHOLE = WIDTH - 2 * MARGIN;
const HALF = (WHOLE - GAP) / 2;
const LETTER = 6.2;

/** Branch, job and environment below each other; below them, two by two, what the job deploys to. */
export function drawing(settings: Settings, places: Places): Html {
  const chain: Box[] = [
    { name: settings.environment.branch, detail: "branch" },
    { name: deployJob(settings.environment.name).name, detail: "job" },
    { name: "GitHub", detail: `environment ${settings.environment.name}`, cloud: "github" },
  ];
  const clouds = cloudsOf(settings, places);
  const top = MARGIN + chain.length * (HEIGHT + GAP);
  const height = top + Math.ceil(clouds.length / 2) * (HEIGHT + GAP) - GAP + MARGIN;
  const framed = [
    ...chain.map((box, row) => ({
      box,
      frame: { x: MARGIN, y: MARGIN + row * (HEIGHT + GAP), width: WHOLE },
    })),
    ...clouds.map((box, index) => {
      const [column, row] = [index % 2, Math.floor(index / 2)];
      return {
        box,
        frame: { x: MARGIN + column * (HALF + GAP), y: top + row * (HEIGHT + GAP), width: HALF },
      };
    }),
  ];
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="group" aria-label="Pipeline of ${settings.stack}">
${framed.slice(1).map(({ frame }) => lineTo(frame, top))}
${framed.map(({ box, frame }) => drawn(box, frame, places))}
</svg>`;
}

/** The clouds that the stack deploys to, and every other one in which something was found. */
function cloudsOf(settings: Settings, places: Places): Box[] {
  const parts = Map.groupBy(partsOf(settings), ({ cloud }) => cloud as string);
  const { digitalocean } = settings.clouds;
  const known = Object.keys(CLOUDS).filter(
    (cloud) => parts.has(cloud) || (digitalocean && ["kubernetes", "digitalocean"].includes(cloud)),
  );
  const all = new Set([...known, ...places.keys()]);
  all.delete("github");
  return [...all].map((cloud) => ({
    name: CLOUDS[cloud] ?? cloud,
    detail: cloud === "digitalocean" ? `cluster ${settings.cluster.name}` : detailOf(parts.get(cloud) ?? []),
    cloud,
  }));
}

function detailOf([first, ...more]: Part[]): string {
  const name = first?.label.replace(/ on .*/, "") ?? "";
  return more.length === 0 ? name : `${name} and ${more.length} more`;
}

/** Down from the box in the middle; the lower rows are reached between the columns. */
function lineTo({ x, y, width }: Frame, top: number): Html {
  const [from, to] = [WIDTH / 2, x + width / 2];
  const start = Math.min(top, y) - GAP;
  return html`<path d="M${from} ${start}V${y - GAP / 2}H${to}V${y}"/>`;
}

function drawn({ name, detail, cloud }: Box, frame: Frame, places: Places): Html {
  const { x, y, width } = frame;
  const place = cloud === undefined ? undefined : places.get(cloud);
  const [worst] = place?.findings ?? [];
  const title = cut(name, width - (worst ? 54 : 16));
  const below = cut(detail, width - 16);
  const box = html`<rect x="${x}" y="${y}" width="${width}" height="${HEIGHT}" rx="6"/>
<text class="name" x="${x + 10}" y="${y + 21}">${title}</text> <text class="small" x="${x + 10}" y="${y + 38}">${below}</text>`;
  if (!place || !worst) return html`<g>${box}</g>`;
  const count = place.findings.length < 1000 ? String(place.findings.length) : "999+";
  // What is seen is part of what is read out (WCAG 2.2, 2.5.3).
  const label = `${title} ${below} ${count} found, the worst ${worst.severity}`;
  return html`<a href="#${place.id}" class="${worst.severity}" aria-label="${label}">${box}
<rect class="badge" x="${x + width - 38}" y="${y + 7}" width="32" height="18" rx="9"/> <text class="count" x="${x + width - 22}" y="${y + 20}" text-anchor="middle">${count}</text></a>`;
}

/** What fits into a width. */
function cut(text: string, width: number): string {
  const fits = Math.floor(width / LETTER);
  return text.length <= fits ? text : `${text.slice(0, fits - 1)}…`;
}
