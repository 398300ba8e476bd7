/** What `kai doctor` says, for people and as JSON. No I/O. */
import { styleText } from "node:util";
import { plain } from "../../drift/report.ts";
import type { Finding, Level } from "../../github/doctor/finding.ts";
import { describePermissions, type Rights } from "../../github/doctor/rights.ts";
import type { exitCodes } from "../exit-codes.ts";

/** The JSON document of `kai doctor --json`. New fields may come; a change of meaning gets a new version. */
export interface DoctorReport {
  version: 1;
  /** By the worst finding, as the exit code has it. */
  outcome: Extract<keyof typeof exitCodes, "ok" | "findings" | "couldNotCheck">;
  /** The worst first. */
  findings: Finding[];
  /** For each use of the GitHub token what it needs and lacks; empty where GitHub was not asked. */
  rights: Rights[];
}

const ORDER: readonly Level[] = ["error", "warning", "unchecked", "note"];

export function doctorReport(findings: readonly Finding[], rights: Rights[]): DoctorReport {
  const has = (...levels: Level[]) => findings.some(({ level }) => levels.includes(level));
  return {
    version: 1,
    outcome: has("error", "warning") ? "findings" : has("unchecked") ? "couldNotCheck" : "ok",
    findings: findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level)),
    rights,
  };
}

const SIGNS = {
  error: { sign: "✖", colour: "red", one: "error", many: "errors" },
  warning: { sign: "!", colour: "yellow", one: "warning", many: "warnings" },
  unchecked: { sign: "?", colour: "yellow", one: "not checked", many: "not checked" },
  note: { sign: "·", colour: "dim", one: "note", many: "notes" },
} as const;

/** The report for people: the findings with their remedies, the token's rights, and how many of each level. */
export function describeDoctor({ findings, rights }: DoctorReport, stream: NodeJS.WriteStream): string {
  const paint = (style: "bold" | "dim" | "red" | "yellow", text: string) =>
    styleText(style, text, { stream });
  const lines = findings.flatMap(({ level, message, remedy }) => {
    const { sign, colour } = SIGNS[level];
    const text = message.split("\n").map(plain).join("\n  ");
    return [`${paint(colour, sign)} ${text}`, ...(remedy ? [indented(remedy)] : []), ""];
  });
  const table = rights.map(describeRights);
  const rows = table.length > 0 ? [paint("bold", "What GITHUB_TOKEN needs"), ...table, ""] : [];
  return [...lines, ...rows, summary(findings)].join("\n");
}

/** On lines of its own, so that a command can be copied. */
function indented(remedy: string): string {
  return remedy
    .split("\n")
    .map((line) => `    ${plain(line)}`)
    .join("\n");
}

function describeRights({ name, permissions, scopes, missing, isKnown }: Rights): string {
  const state =
    missing.length > 0
      ? `lacks ${missing.join(", ")}`
      : isKnown
        ? "enough"
        : "enough, as far as GitHub shows";
  return `  ${name}: ${plain(state)}\n      ${describePermissions(permissions)}\n      or a classic token with ${scopes.join(", ")}`;
}

function summary(findings: readonly Finding[]): string {
  const counts = ORDER.flatMap((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count > 0 ? [`${count} ${count === 1 ? SIGNS[level].one : SIGNS[level].many}`] : [];
  });
  const isFine = !findings.some(({ level }) => level === "error" || level === "warning");
  return `${isFine ? "Nothing to mend" : "Something to mend"}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}.`;
}
