import type { Settings } from "../settings.ts";
import { branches } from "./branches.ts";
import { BUILD, deployJob, driftJob, IMAGES } from "./jobs.ts";
import { secretsIn } from "./secrets.ts";

/** Lines of Markdown between which a document shows the picture. */
export const PICTURE_START = "<!-- picture of the pipeline: rendered, do not edit -->";
export const PICTURE_END = "<!-- end of the picture -->";

/** The whole pipeline as a Mermaid flow chart: branches, jobs, and what each stack owns. */
export function picture(stacks: readonly Settings[]): string {
  const [first] = stacks;
  if (first === undefined) return "flowchart LR\n";
  const lines = ["flowchart LR", ...repositoryLines(first, stacks), ...stacks.flatMap(stackLines)];
  return `${lines.join("\n")}\n`;
}

/** A document with the picture between its two marks replaced. The marks must be there. */
export function withPicture(markdown: string, mermaid: string): string {
  const start = markdown.indexOf(PICTURE_START);
  const end = markdown.indexOf(PICTURE_END);
  if (start < 0 || end < start)
    throw new Error(`the document has no line "${PICTURE_START}" before "${PICTURE_END}"`);
  const before = markdown.slice(0, start + PICTURE_START.length);
  return `${before}\n\`\`\`mermaid\n${mermaid}\`\`\`\n${markdown.slice(end)}`;
}

function repositoryLines(settings: Settings, stacks: readonly Settings[]): string[] {
  const { repository } = settings;
  const [production, staging, development] = branches(settings).map(({ name }) => name);
  return [
    `  subgraph repository[${text(`${repository.owner}/${repository.name}`)}]`,
    `    feature([${text("feature branches")}]) -->|pull request| ${node("branch", development)}([${text(development)}])`,
    `    ${node("branch", development)} -->|pull request, review| ${node("branch", staging)}([${text(staging)}])`,
    `    ${node("branch", staging)} -->|pull request, review, ${entities(settings.rules.mainOwner)} only| ${node("branch", production)}([${text(production)}])`,
    "  end",
    `  repository -->|every push| ${BUILD.id}[${text(BUILD.name)}]`,
    `  ${BUILD.id} --> ${IMAGES.id}[${text(IMAGES.name)}]`,
    ...stacks.flatMap(({ environment }) => {
      const job = deployJob(environment.name);
      return [
        `  ${node("branch", environment.branch)} --> ${node("job", job.id)}[${text(job.name)}]`,
        `  ${IMAGES.id} --> ${node("job", job.id)}`,
      ];
    }),
  ];
}

/** Something that a stack's deployment writes to. */
export interface Part {
  /** The identifier within the stack. */
  part: string;
  label: string;
  cloud: "database" | "vercel" | "aws" | "kubernetes";
  /** What comes first in a deployment. */
  order: number;
}

/** What the job of a stack deploys to, in its order. */
export function partsOf({ clouds, cluster, services, sites }: Settings): Part[] {
  const parts: (Part & { isOn: boolean })[] = [
    { part: "database", label: "Schema migrations", cloud: "database", order: 1, isOn: clouds.database },
    ...sites.flatMap(({ name, hosting }) => [
      {
        part: `vercel-${name}`,
        label: `${name} on Vercel`,
        cloud: "vercel" as const,
        order: 2,
        isOn: clouds.vercel && hosting !== "cloudfront",
      },
      {
        part: `cloudfront-${name}`,
        label: `${name} on S3 and CloudFront`,
        cloud: "aws" as const,
        order: 2,
        isOn: clouds.aws && hosting !== "vercel",
      },
    ]),
    ...services.map(({ name }) => ({
      part: name,
      label: `${name} on ${cluster.name}`,
      cloud: "kubernetes" as const,
      order: 3,
      isOn: clouds.digitalocean,
    })),
  ];
  return parts.filter(({ isOn }) => isOn);
}

function stackLines(settings: Settings): string[] {
  const { stack, environment, clouds } = settings;
  const job = node("job", deployJob(environment.name).id);
  const inside = (part: string) => node(stack, part);
  const shown = partsOf(settings);
  return [
    `  subgraph ${node("stack", stack)}[${text(`stack ${stack}`)}]`,
    ...(clouds.github
      ? [
          `    ${inside("secrets")}[(${text(`environment ${environment.name}, ${secretsIn(settings, environment.name).length} secrets`)})]`,
        ]
      : []),
    ...shown.map(({ part, label }) => `    ${inside(part)}[${text(label)}]`),
    "  end",
    ...(clouds.github ? [`  ${inside("secrets")} -.-> ${job}`] : []),
    ...shown.map(({ part, order }) => `  ${job} -->|${order}| ${inside(part)}`),
    `  ${node("job", driftJob(environment.name).id)}[${text(driftJob(environment.name).name)}] -.->|watches| ${node("stack", stack)}`,
  ];
}

/** An identifier that Mermaid accepts, whatever the name. */
function node(...parts: (string | undefined)[]): string {
  return parts.join("_").replace(/[^A-Za-z0-9]/g, "_");
}

function text(label: string | undefined): string {
  return `"${entities(label ?? "")}"`;
}

function entities(label: string): string {
  return label.replace(/["<>#&|[\](){}]/g, (character) => `#${character.charCodeAt(0)};`);
}
