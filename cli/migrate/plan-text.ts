import type { FilePlan, Finding, StatementPlan } from "../../database/index.ts";
import { blockedBy } from "../../database/sql/locks.ts";

/** Terminals are at least as wide. */
const WIDTH = 80;
/** Statements stand behind their line number. */
const INDENT = 8;

/** Every statement that would run, what it locks, and what to look out for. */
export function describePlan(files: readonly FilePlan[]): string[] {
  const hints = new Set<string>();
  return files.flatMap(({ name, mode, statements, findings }) => [
    `${name}: ${mode === "transaction" ? "one transaction" : "statement by statement, progress is recorded"}`,
    ...statements.flatMap((statement) => [
      ...statementLines(statement),
      ...statement.findings.flatMap((finding) => findingLines(finding, "! ", INDENT, hints)),
    ]),
    ...findings.flatMap((finding) => findingLines(finding, `! line ${finding.line}: `, INDENT, hints)),
    "",
  ]);
}

/** Findings by themselves, as compilers print them. */
export function describeFindings(findings: readonly Finding[]): string[] {
  const hints = new Set<string>();
  return findings.flatMap((finding) => {
    const { file, line, column } = finding;
    return findingLines(finding, `${file}:${line}:${column}: `, 0, hints);
  });
}

/** Number of findings of all files. */
export function countFindings(files: readonly FilePlan[]): number {
  const lists = files.flatMap(({ statements, findings }) => [
    findings,
    ...statements.map((one) => one.findings),
  ]);
  return lists.flat().length;
}

/** `2 findings`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function statementLines({ line, text, notTransactional, locks }: StatementPlan): string[] {
  const words = text.replace(/\s+/g, " ");
  const room = WIDTH - INDENT;
  const shown = words.length > room ? `${words.slice(0, room - 2)} …` : words;
  return [
    `${String(line).padStart(INDENT - 2)}  ${shown}`,
    ...(notTransactional ? wrap(`not in a transaction: ${notTransactional}`, INDENT) : []),
    ...locks.flatMap(({ mode, object }) => {
      const blocked = blockedBy(mode);
      return wrap(`locks ${object}: ${mode}${blocked ? ` (${blocked} wait)` : ""}`, INDENT);
    }),
  ];
}

/** @param hints Said already: one rule's advice is the same everywhere. */
function findingLines(
  { rule, message, hint }: Finding,
  before: string,
  indent: number,
  hints: Set<string>,
): string[] {
  const advice = hints.has(hint) ? [] : wrap(`${hint}.`, indent + 4, 0);
  hints.add(hint);
  return [...wrap(`${before}${message} (${rule})`, indent), ...advice];
}

/** Breaks a text at blanks. @param hang Columns by which the lines behind the first stand further in */
function wrap(text: string, indent: number, hang = 2): string[] {
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const word of text.split(" ")) {
    const blank = line.trim() === "" ? "" : " ";
    if (blank && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(indent + hang) + word;
    } else line += blank + word;
  }
  return [...lines, line];
}
