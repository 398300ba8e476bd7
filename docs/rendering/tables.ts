/** Tables of the documentation that say what the pipeline's model says. */
import { RULES } from "../../database/sql/lint/rules.ts";
import { branches, environments } from "../../pipeline/branches.ts";
import {
  deployJob,
  driftJob,
  IMAGES,
  type Job,
  type JobRole,
  NOTIFY,
  planJob,
  previewJob,
  upJob,
} from "../../pipeline/jobs.ts";
import { IMAGES_ENVIRONMENT, inspectionEnvironment, previewEnvironment } from "../../pipeline/names.ts";
import { type SecretRow, type SecretSource, secretTable } from "../../pipeline/secrets.ts";
import { ACTIONS, COREPACK, RUNNER, VERCEL_CLI } from "../../pipeline/workflows/pins.ts";
import { readSecrets } from "../../pipeline/workflows/reads.ts";
import { workflowsOf } from "../../pipeline/workflows/render.ts";
import type { Settings } from "../../settings.ts";
import { table } from "./markdown.ts";

/** Every secret of the stacks' workflows: where it lives, where it comes from, who reads it. */
export function secretsTable(stacks: readonly Settings[]): string {
  const rows = new Map<string, SecretRow[]>();
  for (const row of stacks.flatMap(secretTable)) rows.set(row.name, [...(rows.get(row.name) ?? []), row]);
  const cells = [...rows].map(([name, same]) => {
    const [row] = same as [SecretRow];
    return [
      `\`${name}\``,
      row.scope === "repository" ? "the repository" : places(same, stacks.length),
      `${describeSource(row.source)}${row.optional ? " (optional)" : ""}`,
      unique(same.flatMap(({ readers }) => readers.map(({ role }) => ROLES[role]))).join(", "),
      row.specification ? "yes" : "no",
    ];
  });
  return table(
    ["Secret", "Lives in", "Where its value comes from", "Jobs that read it", "Specification"],
    cells,
  );
}

/** The environments of a row: by their kind where every stack has it, by their names otherwise. */
function places(same: readonly SecretRow[], stackCount: number): string {
  const names = same.flatMap(({ environments }) => environments).sort();
  if (same.length < stackCount) return names.map((name) => `\`${name}\``).join(", ");
  const isInspection = (name: string) => name.endsWith(inspectionEnvironment(""));
  const isPreview = (name: string) => name.endsWith(previewEnvironment(""));
  return [
    names.includes(IMAGES_ENVIRONMENT) && `\`${IMAGES_ENVIRONMENT}\``,
    names.some((name) => !isInspection(name) && !isPreview(name) && name !== IMAGES_ENVIRONMENT) &&
      "every environment",
    names.some(isInspection) && "every inspection environment",
    names.some(isPreview) && "every preview environment",
  ]
    .filter(Boolean)
    .join(", ");
}

/** What the jobs do, in a word. */
const ROLES: Record<JobRole, string> = {
  build: "build",
  images: "images",
  deploy: "deployment",
  notify: "notification",
  preview: "preview",
  comment: "comment",
  plan: "plan",
  rehearse: "rehearsal",
  up: "up",
  drift: "drift check",
  tell: "telling of drift",
};

const OUTPUTS = {
  vercelProjectId: "the Vercel project",
  bucketName: "the bucket",
  distributionId: "the distribution",
} as const;

const CREDENTIALS = {
  kubeconfig: "minted: the kubeconfig of an account that may change the images in one namespace",
  "aws-access-key-id": "minted: an IAM user that may upload the sites and invalidate their caches",
  "aws-secret-access-key": "minted, as the line before",
  "aws-role-arn": "the IAM role that only jobs of this environment may take",
} as const;

function describeSource(source: SecretSource): string {
  switch (source.kind) {
    case "configuration":
      return `\`kai:${source.key}\``;
    case "generated":
      return `\`kai:${source.key}\`; generated once where that is not set`;
    case "setting":
      return "a plain setting of the stack";
    case "vercel-team":
      return "the id of the team, from the stack's Vercel projects";
    case "output":
      return `${OUTPUTS[source.output]} of site \`${source.site}\``;
    case "credential":
      return CREDENTIALS[source.credential];
  }
}

/** The jobs of the three workflow files. */
export function jobsTable(stacks: readonly Settings[]): string {
  const workflows = workflowsOf(stacks);
  const rows = Object.entries(workflows).flatMap(([file, workflow]) =>
    Object.entries(workflow.jobs).map(([id, job]) => {
      const environment = job.environment?.name;
      const count = readSecrets(workflow).filter((read) => read.job === id).length;
      return [
        `\`${file}.yml\``,
        job.name ?? id,
        environment ? `\`${environment}\`` : "none",
        count === 0 ? "none" : String(count),
      ];
    }),
  );
  return table(["File", "Job", "Environment", "Secrets it reads"], rows);
}

/** What the workflows take from outside, by exact version. */
export function pinsTable(): string {
  const actions = Object.values(ACTIONS).map(({ uses, version }) => [
    `\`${uses.split("@")[0]}\``,
    `${version}, named by its commit`,
  ]);
  const programs = [VERCEL_CLI, COREPACK].map((program) => {
    const [name, version] = program.split("@");
    return [`\`${name}\` (npm)`, String(version)];
  });
  return table(["What", "Version"], [...actions, ...programs, ["runner", `\`${RUNNER}\``]]);
}

/** The rules of `kai migrate lint`. */
export function lintTable(): string {
  const rows = RULES.map(({ name, finds, better, source }) => [`[\`${name}\`](${source})`, finds, better]);
  return table(["Rule, and why", "What it finds", "Better"], rows);
}

/** The GitHub environments of the stacks. */
export function environmentsTable(stacks: readonly Settings[]): string {
  const rows = stacks.flatMap((settings) =>
    environments(settings).map((environment) => [
      `\`${environment.name}\``,
      environment.branchPatterns.map((pattern) => `\`${pattern}\``).join(", "),
      environment.reviewers.join(", ") || "nobody",
      jobsIn(settings, environment.name).join(", "),
    ]),
  );
  return table(["Environment", "Branches that may use it", "Who must approve", "Jobs"], rows);
}

function jobsIn(settings: Settings, environment: string): string[] {
  const { name } = settings.environment;
  const own = [deployJob, upJob, previewJob, planJob, driftJob].map((job) => job(name));
  const jobs: Job[] = [...own, IMAGES, NOTIFY];
  return jobs.filter((job) => job.environment === environment).map((job) => job.name);
}

/** The three branches in one line each. */
export function branchesTable(settings: Settings): string {
  const rows = branches(settings).map(({ name, role, startsFrom }) => [
    `\`${name}\``,
    role,
    startsFrom ? `the commit of \`${startsFrom}\`` : "is there already, or comes with the repository",
  ]);
  return table(["Branch", "Role", "Starts from"], rows);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
