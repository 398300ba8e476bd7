/** A drift report as Markdown: for an issue, its comments, and a run's summary. No I/O. */
import { code } from "../../preview/markdown.ts";
import { SEVERITIES } from "../classes.ts";
import { unchecked } from "../clouds.ts";
import type { Finding } from "../findings.ts";
import { secretText } from "../properties.ts";
import type { ReportedStack } from "../report.ts";
import { stackFile } from "../ways.ts";
import type { FirstSeen } from "./seen.ts";

/** Longest texts that GitHub takes. The interface refuses an issue or comment of more characters. */
export const LONGEST = {
  /** Characters of an issue or a comment. */
  issue: 65_536,
  /** Bytes of a step's summary (docs.github.com, workflow commands, step isolation and limits). */
  summary: 1_048_576,
} as const;

/** How a table is written. */
export interface TableOptions {
  /** The most characters, or bytes, that the whole may have. */
  room: number;
  /** Measures a text in what `room` is in. */
  measure: (text: string) => number;
  /** Since when the findings are there; without it, the table does not say. */
  seen?: FirstSeen;
  /** Where everything is that does not fit, as the end of a sentence. */
  rest: string;
}

/** What was found in one stack and the ways out; what does not fit is counted. */
export function findingsMarkdown(report: ReportedStack, options: TableOptions): string {
  const { findings } = report;
  const head = tableHead(options);
  const foot = generalWays(report);
  const parts = findings.map((finding, index) => partsOf(finding, index + 1, report, options));
  let room = options.room - options.measure([...head, "", ...foot].join("\n")) - ROOM_FOR_COUNT;
  let shown = 0;
  for (const { row, way } of parts) {
    room -= options.measure(`${row}\n${way === undefined ? "" : `${way}\n`}`);
    if (room < 0) break;
    shown++;
  }
  const kept = parts.slice(0, shown);
  const left = findings.length - shown;
  return [
    ...head,
    ...kept.map(({ row }) => row),
    ...(left > 0 ? ["", `${left} more ${left === 1 ? "does" : "do"} not fit here: ${options.rest}`] : []),
    "",
    ...foot,
    ...kept.flatMap(({ way }) => way ?? []),
  ].join("\n");
}

/** Room for the line that counts what is left out. */
const ROOM_FOR_COUNT = 300;

function tableHead({ seen }: TableOptions): string[] {
  const columns = ["#", "Severity", "Class", "Object", "What", "Wanted", "Found"];
  if (seen) columns.push("First seen");
  return [cells(columns), cells(columns.map(() => "---"))];
}

function generalWays({ stack, revert }: ReportedStack): string[] {
  const file = code(stackFile(stack));
  return [
    "**Ways out**",
    "",
    ...(revert === undefined
      ? []
      : [
          `- To put back what has no way of its own below: ${code(revert)}, or start the workflow "Infrastructure" on the stack's branch and approve it.`,
          `- To keep it: write what was found into the configuration (${file}).`,
        ]),
  ];
}

interface Parts {
  row: string;
  /** The finding's own way out, where it has one. */
  way?: string;
}

function partsOf(finding: Finding, number: number, { revert }: ReportedStack, { seen }: TableOptions): Parts {
  const { severity, cloud, name, fingerprint, ways } = finding;
  const [wanted, found] = valuesOf(finding);
  const columns = [
    String(number),
    severity,
    finding.class,
    `${code(name)} (${code(cloud)})`,
    whatOf(finding),
    wanted,
    found,
  ];
  if (seen) columns.push(seen.get(fingerprint) ?? "");
  const own = ways.revert !== revert || ways.adopt !== undefined;
  const keep = ways.adopt === undefined ? "" : ` To keep it: ${code(ways.adopt)}`;
  return { row: cells(columns), ...(own && { way: `- Finding ${number}: ${code(ways.revert)}${keep}` }) };
}

function whatOf({ kind, property, item, replaces }: Finding): string {
  if (kind === "deleted") return "is gone";
  const where = property === undefined ? "changed, its provider does not say where" : code(property);
  const of = item === undefined ? "" : ` of ${code(item)}`;
  return `${where}${of}${replaces ? " (putting it back replaces the object)" : ""}`;
}

function valuesOf({ kind, property, wanted, found }: Finding): [wanted: string, found: string] {
  if (kind === "deleted" || property === undefined) return ["", ""];
  if (wanted === secretText && found === secretText) return ["a secret", "another secret"];
  return [shownValue(wanted), shownValue(found)];
}

function shownValue(value: unknown): string {
  return value === undefined ? "not set" : code(JSON.stringify(value));
}

/** A line of a table. A bar ends a cell even within code (GitHub Flavored Markdown, tables). */
function cells(columns: readonly string[]): string {
  return `| ${columns.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** `3 findings: 2 high, 1 low` */
export function countOf(findings: readonly Finding[]): string {
  const counts = SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return `${findings.length} ${findings.length === 1 ? "finding" : "findings"}: ${counts.flat().join(", ")}`;
}

/** One line a finding, for a comment. */
export function findingLine(finding: Finding): string {
  const { severity, cloud, name } = finding;
  return `- ${severity}, ${finding.class}: ${code(name)} (${code(cloud)}): ${whatOf(finding)}`;
}

const SUMMARY_HEADS = { clean: "clean", drifted: "drifted", "could-not-check": "could not check" } as const;

/** What a run's summary shows of one stack. @param room bytes of UTF-8 */
export function summaryMarkdown(report: ReportedStack, room: number): string {
  const { stack, outcome, findings, reason, clouds, unseen = [] } = report;
  const head = [
    `### Drift of ${code(stack)}: ${SUMMARY_HEADS[outcome]}${findings.length > 0 ? `, ${countOf(findings)}` : ""}`,
    "",
    ...(reason === undefined ? [] : [`${code(reason)}`, ""]),
  ];
  const hidden = [
    ...unchecked(clouds).map(
      ({ cloud, reason = "" }) => `- Could not be checked: ${code(cloud)}: ${code(reason)}`,
    ),
    ...unseen.map(({ what, reason }) => `- Could not be seen: ${code(what)}: ${code(reason)}`),
  ];
  const measure = (text: string) => Buffer.byteLength(text);
  const taken = measure([...head, ...hidden].join("\n"));
  const rest = "the run's artifact has them all.";
  const table =
    findings.length === 0 ? [] : [findingsMarkdown(report, { room: room - taken, measure, rest }), ""];
  return `${[...head, ...table, ...hidden].join("\n").trimEnd()}\n`;
}
