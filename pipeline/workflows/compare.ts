/** A workflow file somewhere against the one that the model renders. */
import type { WorkflowFile } from "./render.ts";

/** How a file of a checkout, or of a branch, relates to the model's. */
export type FileState = "same" | "differs" | "missing";

/** Compares a file's present text with the model's. Line ends do not count: git may have changed them. */
export function compare(file: WorkflowFile, present: string | undefined): FileState {
  if (present === undefined) return "missing";
  return present.replaceAll("\r\n", "\n") === file.content ? "same" : "differs";
}

/** The number of the first line that differs, from 1. */
export function firstDifference(file: WorkflowFile, present: string): number {
  const [wanted, found] = [file.content.split("\n"), present.replaceAll("\r\n", "\n").split("\n")];
  const index = wanted.findIndex((line, number) => line !== found[number]);
  return (index === -1 ? wanted.length : index) + 1;
}
