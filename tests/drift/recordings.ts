/**
 * Event streams of the real engine (3.274), recorded from a preview-only refresh with `--run-program` over a small
 * project: GitHub objects on a stand-in, and dynamic resources. Debug messages and stack traces are taken out.
 */
import { readFileSync } from "node:fs";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { RefreshDigest } from "../../drift/digest.ts";

export type Recording =
  | "clean"
  | "drifted"
  | "replaced"
  | "pending"
  | "database-unreachable"
  | "credentials-refused"
  | "program-refused";

export function recorded(name: Recording): EngineEvent[] {
  return readFileSync(new URL(`recorded/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as EngineEvent);
}

/** The digest of a recording, as `kai drift` makes it. */
export function digestOf(name: Recording): RefreshDigest {
  const digest = new RefreshDigest();
  for (const event of recorded(name)) digest.take(event);
  return digest;
}
