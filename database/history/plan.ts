import { shellWord } from "../errors.ts";
import type { Migration } from "../folder/files.ts";
import { ORDER_FILE } from "../folder/order-file.ts";
import type { Evidence, History, HistoryRow } from "./history.ts";

/** What is wrong between folder and history. */
export type ProblemKind =
  /** The file's text is not what was applied. */
  | "edited"
  /** The history has it, the folder has not. */
  | "missing"
  /** A pending file is older than one that is applied. */
  | "out-of-order"
  /** The row of an applied file was deleted by hand. */
  | "row-deleted"
  /** A row was added by hand: no file, and the audit trail knows nothing of it. */
  | "row-added"
  /** The checksum in the row was changed by hand. */
  | "checksum-changed"
  /** There is no history yet, and another tool's names files of this folder. */
  | "applied-elsewhere";

export interface Problem {
  kind: ProblemKind;
  /** File name. */
  name: string;
  /** One or two sentences with the remedy. */
  message: string;
  /** True when the audit trail proves what the row must be, so that the row can be put right without running SQL. */
  repairable: boolean;
}

export interface Plan {
  applied: Migration[];
  /** In the order in which they will run; the first may be applied in part. */
  pending: Migration[];
  /** Rows of files that are applied in part, by file name. */
  partial: Map<string, HistoryRow>;
  problems: Problem[];
}

/**
 * Compares the folder with the history. Pure.
 *
 * Each row of the history is written in one transaction with an entry of the audit trail. A row that differs from
 * its last entry was therefore changed by hand, and the entry says what it must be:
 * no row but an entry with the file's checksum → the row is put back; a row without file and entry → it is
 * removed; a row whose checksum differs while file and entry agree → the checksum is put back. Where file and
 * entry disagree the file was edited, and no bookkeeping can repair that.
 */
export function comparePlan(files: readonly Migration[], history: History): Plan {
  const rows = new Map(history.rows.map((row) => [row.name, row]));
  const plan: Plan = { applied: [], pending: [], partial: new Map(), problems: [] };
  for (const file of files) placeFile(plan, file, rows.get(file.name), history.evidence.get(file.name));
  const names = new Set(files.map((file) => file.name));
  const strangers = history.rows.filter((row) => !names.has(row.name));
  plan.problems.push(...strangers.map((row) => rowWithoutFile(row, history, plan.pending)));
  plan.problems.push(...outOfOrder(files, plan));
  return plan;
}

/** True when every statement of the file is applied. */
export function isComplete(row: HistoryRow): boolean {
  return row.statementsApplied >= row.statementsTotal;
}

function placeFile(
  plan: Plan,
  file: Migration,
  row: HistoryRow | undefined,
  evidence: Evidence | undefined,
): void {
  if (!row && !evidence) {
    plan.pending.push(file);
    return;
  }
  if (row && !isComplete(row)) {
    plan.partial.set(file.name, row);
    plan.pending.push(file);
    return;
  }
  if (row?.checksum === file.checksum) {
    plan.applied.push(file);
    return;
  }
  plan.applied.push(file);
  plan.problems.push(row ? checksumDiffers(file, evidence) : rowDeleted(file, evidence!));
}

function checksumDiffers(file: Migration, evidence: Evidence | undefined): Problem {
  if (evidence?.checksum === file.checksum) {
    return {
      kind: "checksum-changed",
      name: file.name,
      message: `the checksum of ${file.name} in the history was changed by hand; file and audit trail agree.`,
      repairable: true,
    };
  }
  return {
    kind: "edited",
    name: file.name,
    message: `${file.name} was edited after it was applied. Restore its text (\`git log -- ${shellWord(file.name)}\`), and put the change into a new file with a higher number; if nothing but a comment is different, \`kai migrate repair --accept-edit ${shellWord(file.name)}\`.`,
    repairable: false,
  };
}

function rowDeleted(file: Migration, evidence: Evidence): Problem {
  const same = evidence.checksum === file.checksum;
  const what = `the history row of ${file.name} was deleted by hand; the audit trail says that it is applied`;
  return {
    kind: same ? "row-deleted" : "edited",
    name: file.name,
    message: same
      ? `${what}.`
      : `${what}, with another text. Restore the text that was applied (\`git log -- ${shellWord(file.name)}\`).`,
    repairable: same,
  };
}

function rowWithoutFile(row: HistoryRow, history: History, pending: readonly Migration[]): Problem {
  // Without any entry the whole trail was lost, and its silence proves nothing.
  const proven = history.evidence.size > 0 && !history.evidence.has(row.name) && isComplete(row);
  if (proven) {
    return {
      kind: "row-added",
      name: row.name,
      message: `the history has a row for ${row.name}, added by hand: there is no such file, and it was never applied.`,
      repairable: true,
    };
  }
  const there = `${row.name} is applied (${row.appliedAt.toISOString()}), but the folder has no such file.`;
  const forget = `\`kai migrate repair --forget ${shellWord(row.name)}\``;
  const renamed = pending.find((file) => file.checksum === row.checksum && isComplete(row));
  return {
    kind: "missing",
    name: row.name,
    message: renamed
      ? `${there} ${renamed.name} has the same text, so it was renamed, and would run a second time. Give it its old name back; if the new one is to stay, \`kai migrate baseline ${shellWord(renamed.name)}\`, then ${forget}.`
      : `${there} Restore it from version control, or deploy the branch that has it; if it is gone on purpose, ${forget}.`,
    repairable: false,
  };
}

function outOfOrder(files: readonly Migration[], plan: Plan): Problem[] {
  const pending = new Set(plan.pending.map((file) => file.name));
  const last = files.findLastIndex((file) => !pending.has(file.name));
  return files
    .slice(0, Math.max(last, 0))
    .filter((file) => pending.has(file.name) && !plan.partial.has(file.name))
    .map((file) => ({
      kind: "out-of-order",
      name: file.name,
      message: `${file.name} is not applied, but ${files[last]!.name}, which comes after it, is. Give it a place behind that one (a higher number, or a later line in ${ORDER_FILE}), or allow it with \`kai migrate up --out-of-order\`.`,
      repairable: false,
    }));
}
