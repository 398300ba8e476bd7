/** What a drift check says, for people and as JSON. No I/O. */

import { cloudOf } from "../engine/urn.ts";
import type { StackReport } from "./check.ts";
import type { CloudReport } from "./clouds.ts";
import { patchedKind } from "./differences.ts";
import { type Finding, findingsOf } from "./findings.ts";
import type { Ignored } from "./ignored.ts";
import { secretText } from "./properties.ts";
import { textDifferences } from "./texts.ts";
import { stackFile, upCommand } from "./ways.ts";

/** The JSON document of `kai drift --json`. New fields may come; a change of meaning gets a new version. */
export interface DriftReport {
  version: 1;
  /** The worst of the stacks: drift before what could not be checked, as the exit code has it. */
  outcome: StackReport["outcome"];
  stacks: ReportedStack[];
}

/** What the document says of one stack. */
export interface ReportedStack extends StackReport {
  /** The worst first. */
  findings: Finding[];
  /** The command that puts back the findings that have no way back of their own; only where there is any. */
  revert?: string;
}

/** How text is shown. */
export interface Style {
  /** Columns; values that do not fit are shown on several lines. Infinity where nobody knows. */
  width: number;
  /** Marks up text, or leaves it as it is. */
  paint(style: "bold" | "dim" | "red" | "green" | "yellow", text: string): string;
}

export function driftReport(stacks: StackReport[]): DriftReport {
  return {
    version: 1,
    outcome: outcomeOf(stacks),
    stacks: stacks.map(reported),
  };
}

function reported(report: StackReport): ReportedStack {
  const findings = findingsOf(report.stack, report.findings);
  const revert = upCommand(report.stack);
  return { ...report, findings, ...(findings.some(({ ways }) => ways.revert === revert) && { revert }) };
}

/** Drift that was found counts more than what could not be checked beside it: it is certain, and asks for action. */
function outcomeOf(stacks: StackReport[]): StackReport["outcome"] {
  if (stacks.some(({ findings }) => findings.length > 0)) return "drifted";
  return stacks.some(({ outcome }) => outcome === "could-not-check") ? "could-not-check" : "clean";
}

/** The report for people: one line a stack, then the findings by object, then the ways out. */
export function describeReport(report: DriftReport, style: Style): string {
  const lines = report.stacks.map((stack) => headline(stack, style));
  for (const stack of report.stacks) {
    if (stack.findings.length > 0) lines.push("", ...describeStack(stack, style));
    if (stack.unseen) lines.push("", ...describeUnseen(stack, style));
    lines.push(...describeRest(stack));
  }
  return lines.join("\n");
}

const signs = {
  clean: { sign: "✔", colour: "green" },
  drifted: { sign: "✖", colour: "red" },
  "could-not-check": { sign: "?", colour: "yellow" },
} as const;

function headline(report: StackReport, { paint }: Style): string {
  const { sign, colour } = signs[report.outcome];
  return `${paint(colour, sign)} ${paint("bold", `${plain(report.stack)}:`)} ${summary(report)}`;
}

function summary(report: StackReport): string {
  const { outcome, objects, findings, reason = "" } = report;
  // A credential that ends soon belongs to a provider, which is no object of a cloud.
  const ofObjects = findings.filter(({ type }) => !type.startsWith("pulumi:providers:"));
  const differing = new Set(ofObjects.map(({ urn }) => urn)).size;
  if (outcome === "clean")
    return objects === 0 ? "nothing is deployed" : `clean, ${count(objects)} as deployed`;
  if (outcome === "drifted") {
    const ending = ofObjects.length < findings.length ? "; a credential ends soon" : "";
    return `drifted, ${differing} of ${count(objects)} changed by hand${ending}`;
  }
  const before = differing > 0 ? `; ${count(differing)} changed by hand had been found before that` : "";
  return `could not check${before}. ${reason.split("\n").map(plain).join("\n    ")}${describeClouds(report)}`;
}

/** Of a stack that could not be checked as a whole: which clouds were, and which not. */
function describeClouds({ clouds = [] }: StackReport): string {
  const of = (outcome: CloudReport["outcome"]) =>
    clouds.filter((one) => one.outcome === outcome).map(({ cloud }) => cloud);
  if (clouds.length === 0) return "";
  return `\n    Checked: ${of("checked").join(", ") || "none"}. Not checked: ${of("could-not-check").join(", ") || "none"}.`;
}

function count(objects: number): string {
  return `${objects} ${objects === 1 ? "object" : "objects"}`;
}

/** What a token was not shown may be as it should, or not: nobody knows. */
function describeUnseen({ stack, unseen = [] }: StackReport, { paint }: Style): string[] {
  return [
    paint("bold", `What could not be seen in ${plain(stack)}`),
    "",
    ...unseen.map(({ what, reason }) => `  ${plain(what)}: ${plain(reason)}`),
  ];
}

/** What is no drift, and should be known: what waits for an `up`, and what the configuration ignores. */
function describeRest({ stack, pending, ignored = [], unused = [] }: StackReport): string[] {
  const entry = ({ name, property }: Ignored) => plain([name, property].filter(Boolean).join(" "));
  const lines = [
    ...(pending === undefined ? [] : [`${waiting(pending)} for an up of ${plain(stack)}.`]),
    ...ignored.map((one) => `Ignored until ${one.until}: ${entry(one)} (${plain(one.reason)})`),
    ...unused.map((one) => `Unused in kai:drift.ignore of ${plain(stackFile(stack))}: ${entry(one)}`),
  ];
  return lines.length > 0 ? ["", ...lines] : [];
}

function waiting(changes: number): string {
  return changes === 1
    ? "1 change of the configuration waits"
    : `${changes} changes of the configuration wait`;
}

function describeStack(report: ReportedStack, style: Style): string[] {
  const lines = [style.paint("bold", `What was changed by hand in ${plain(report.stack)}`)];
  const byObject = Map.groupBy(report.findings, ({ urn }) => urn);
  for (const findings of byObject.values()) lines.push("", ...describeObject(findings, report, style));
  if (report.revert === undefined) return lines;
  return [
    ...lines,
    "",
    report.findings.every(({ ways }) => ways.revert === report.revert)
      ? "To put it back:"
      : "To put back the rest:",
    `  ${plain(report.revert)}`,
    `To keep it: change the configuration (${plain(stackFile(report.stack))}) so that it says`,
    "what was found, and run the same command, which then has nothing to change.",
  ];
}

function describeObject(findings: Finding[], report: ReportedStack, style: Style): string[] {
  const [{ name, type, id, cloud }] = findings as [Finding];
  const title = `  ${style.paint("bold", plain(name))} ${style.paint("dim", plain(`${cloud} ${kindOf(type)}, id ${id}`))}`;
  return [title, ...findings.flatMap((finding) => describeFinding(finding, report, style))];
}

/** What the cloud calls such an object; a patch is the program's way to write to one. */
function kindOf(type: string): string {
  if (cloudOf(type) === "database") return "migrations";
  return (patchedKind(type) ?? type).split(":").at(-1) ?? type;
}

function describeFinding(finding: Finding, { revert }: ReportedStack, style: Style): string[] {
  const { ways, item, replaces, expired } = finding;
  const judged = ` ${style.paint(colours[finding.severity], `(${finding.severity}, ${finding.class})`)}`;
  const notes = [
    ...(expired ? [`      was ignored until ${expired.until}: ${plain(expired.reason)}`] : []),
    ...(replaces ? ["      putting it back replaces the whole object"] : []),
    ...(ways.revert === revert ? [] : [`      ${plain(ways.revert)}`]),
    ...(ways.adopt === undefined ? [] : [`      To keep it: ${plain(ways.adopt)}`]),
  ];
  if (finding.kind === "deleted") return [`    is gone; the next up creates it again${judged}`, ...notes];
  if (finding.property === undefined)
    return [`    was changed; its provider does not say which property${judged}`, ...notes];
  const owner = item === undefined ? "" : style.paint("dim", ` of ${plain(item)}`);
  return [...describeChange(`    ${plain(finding.property)}${owner}`, judged, finding, style), ...notes];
}

const colours = { high: "red", medium: "yellow", low: "dim" } as const;

/** The property with both values; of long texts only the places where they differ. */
function describeChange(title: string, judged: string, { wanted, found }: Finding, style: Style): string[] {
  if (wanted === secretText && found === secretText)
    return [title + judged, "      a secret value, not the one that was deployed"];
  const areTexts = typeof wanted === "string" && typeof found === "string";
  const differences = areTexts ? textDifferences(wanted, found) : [];
  if (differences.length === 0) return [title + judged, ...describeValues({ wanted, found }, style)];
  return differences.flatMap((difference) => [
    `${title}: ${plain(difference.place)}${judged}`,
    ...describeValues(difference, style),
  ]);
}

function describeValues({ wanted, found }: { wanted?: unknown; found?: unknown }, style: Style): string[] {
  return [...describeValue("wanted", wanted, style), ...describeValue("found ", found, style)];
}

function describeValue(label: string, value: unknown, { width, paint }: Style): string[] {
  const prefix = `      ${paint("dim", label)}  `;
  const columns = 6 + label.length + 2;
  if (value === undefined) return [`${prefix}not set`];
  const line = plain(JSON.stringify(value));
  const isText = typeof value === "string" && value.trimEnd().includes("\n");
  if (!isText && (columns + line.length <= width || typeof value !== "object")) return [prefix + line];
  const lines = isText ? value.trimEnd() : JSON.stringify(value, null, 2);
  const [first = "", ...rest] = lines.split("\n").map(plain);
  return [prefix + first, ...rest.map((text) => " ".repeat(columns) + text)];
}

/** Text from outside without the characters that move the cursor, colour the terminal or turn the reading direction. */
export function plain(text: string): string {
  return text.replaceAll(
    /\p{C}/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
