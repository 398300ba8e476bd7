import type { LockHolder } from "./run/lock.ts";

/** Progress of a run, in the order in which it happens. */
export type MigrationEvent =
  /** Another run holds the lock. */
  | { kind: "waiting"; holder: LockHolder | undefined }
  /** A file begins. `number` counts from 1 to `of` within this run. */
  | { kind: "file-started"; file: string; number: number; of: number; mode: "transaction" | "steps" }
  /** In files that run in steps: `applied` of `of` statements are applied and recorded. */
  | { kind: "progress"; file: string; applied: number; of: number }
  /** The file was rolled back because a lock or another transaction was in the way; it is tried again. */
  | { kind: "retry"; file: string; attempt: number; afterMs: number; reason: string }
  | { kind: "file-applied"; file: string; durationMs: number }
  /** A history row that was changed by hand was put right. */
  | { kind: "repaired"; file: string; message: string }
  /** Something that the user should know and that does not stop the run. */
  | { kind: "warning"; message: string };

export type OnEvent = (event: MigrationEvent) => void;
