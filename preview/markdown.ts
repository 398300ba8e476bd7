/** A preview as Markdown for a pull request or a run's summary. No I/O. */
import { type Change, KINDS, type Kind, type Preview } from "./changes.ts";

export interface MarkdownOptions {
  stack: string;
  /** The longest text, in bytes of UTF-8. */
  limit: number;
}

const WORDS: Record<Kind, string> = {
  replace: "to replace",
  delete: "to delete",
  change: "to change",
  import: "to import",
  create: "to create",
};

/** Longest name or message that is shown whole. */
const LONGEST = 300;

/**
 * What would change: what is replaced or deleted first, then the rest by cloud. Lines that do not fit are counted.
 * @param preview undefined where the engine gave no answer.
 */
export function previewMarkdown(preview: Preview | undefined, { stack, limit }: MarkdownOptions): string {
  const title = `### ${code(stack)}: `;
  if (!preview)
    return `${title}no answer\n\nThe engine ended before it knew what would change. The job's log says why.\n`;
  const { changes, errors, fingerprint } = preview;
  const counts = KINDS.map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} ${WORDS[kind]}`);
  const head = `${title}${errors.length > 0 ? "the preview failed" : counts.join(", ") || "nothing changes"}`;
  const foot = `\nPlan ${code(fingerprint)}\n`;
  const lines = [...errorLines(errors), ...graveLines(changes), ...cloudLines(changes)];
  return `${head}\n${fitting(lines, limit - bytes(head) - bytes(foot) - ROOM_FOR_COUNT).join("\n")}\n${foot}`;
}

function errorLines(errors: readonly string[]): string[] {
  return errors.length === 0 ? [] : ["", "**Errors**", ...errors.map((error) => `- ${code(error)}`)];
}

function graveLines(changes: readonly Change[]): string[] {
  const grave = changes.filter(({ kind }) => kind === "replace" || kind === "delete");
  if (grave.length === 0) return [];
  return [
    "",
    "**Replaced or deleted: what these hold is gone afterwards**",
    ...grave.map((change) => lineOf(change, true)),
  ];
}

function cloudLines(changes: readonly Change[]): string[] {
  const rest = changes.filter(({ kind }) => kind !== "replace" && kind !== "delete");
  const clouds = [...new Set(rest.map(({ cloud }) => cloud))].sort();
  return clouds.flatMap((cloud) => [
    "",
    `**${NAMES[cloud] ?? code(cloud)}**`,
    ...rest.filter((change) => change.cloud === cloud).map((change) => lineOf(change, false)),
  ]);
}

const NAMES: Record<string, string> = {
  github: "GitHub",
  digitalocean: "DigitalOcean",
  kubernetes: "Kubernetes",
  aws: "AWS",
  vercel: "Vercel",
  database: "Database",
  random: "Generated values",
  kai: "The program's components",
  pulumi: "The state alone",
};

function lineOf({ kind, cloud, name, type, properties }: Change, withCloud: boolean): string {
  const where = withCloud ? `${NAMES[cloud] ?? code(cloud)}: ` : "";
  const why =
    properties.length === 0
      ? ""
      : `: ${kind === "replace" ? "because of " : ""}${properties.map(code).join(", ")}`;
  return `- ${where}${kind} ${code(name)} (${code(type)})${why}`;
}

/** Text from outside as code: nothing in it is a link, a mention, HTML or the end of the code. */
export function code(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ").trim();
  const shown = plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
  if (shown === "") return "` `";
  const longestRun = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longestRun + 1);
  const pad = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${pad}${shown}${pad}${fence}`;
}

const bytes = (text: string) => Buffer.byteLength(text);

/** Bytes kept for the line that counts what is left out. */
const ROOM_FOR_COUNT = 100;

function fitting(lines: readonly string[], room: number): string[] {
  let left = room;
  const shown: string[] = [];
  for (const line of lines) {
    left -= bytes(line) + 1;
    if (left < 0) break;
    shown.push(line);
  }
  const missing = lines.slice(shown.length).filter((line) => line.startsWith("- ")).length;
  return missing === 0 ? shown : [...shown, "", `${missing} more are in the job's log.`];
}
