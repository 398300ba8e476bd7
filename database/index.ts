/** The migration engine: SQL files of a folder, applied in order to a PostgreSQL database. Knows nothing of Pulumi. */
export { addressFromVariables, maskConnectionString } from "./address.ts";
export { MigrationError, type MigrationErrorKind } from "./errors.ts";
export type { MigrationEvent, OnEvent } from "./events.ts";
export { type Migration, readMigrations } from "./folder/files.ts";
export { createMigration } from "./folder/new.ts";
export { orderMigrations, type StatedOrder } from "./folder/order.ts";
export { ORDER_FILE } from "./folder/order-file.ts";
export { checksumOf } from "./folder/text.ts";
export { explainPlan } from "./history/explain-plan.ts";
export {
  DEFAULT_HISTORY,
  type Evidence,
  type History,
  type HistoryRow,
  type HistoryTable,
} from "./history/history.ts";
export {
  type Difference,
  describeAltered,
  differences,
  type Inspection,
  inspect,
  planOf,
  type Status,
  status,
  verify,
} from "./history/inspect.ts";
export { comparePlan, isComplete, type Plan, type Problem, type ProblemKind } from "./history/plan.ts";
export { type TrailEntry, trail } from "./history/trail.ts";
export { describeEvent } from "./progress.ts";
export type { Fault } from "./rehearse/attempt.ts";
export {
  type Rehearsal,
  type RehearsedFile,
  type RehearseOptions,
  rehearse,
  type Verdict,
} from "./rehearse/rehearse.ts";
export type { Shape } from "./rehearse/server.ts";
export { type BaselineChoice, type BaselineOptions, type BaselineResult, baseline } from "./run/baseline.ts";
export type { LockHolder } from "./run/lock.ts";
export { type ManyOptions, type Outcome, onEach } from "./run/many.ts";
export { dryRun, type MigrateOptions, type MigrateResult, migrate } from "./run/migrate.ts";
export { type RepairOptions, type RepairResult, repairHistory } from "./run/repair.ts";
export { type NamedTarget, readTargets } from "./run/targets-file.ts";
export type { FilePlan, StatementPlan } from "./sql/explain.ts";
export { type Finding, lint, lintFolder } from "./sql/lint.ts";
export { parseAll } from "./sql/parse-all.ts";
export { parseScript, type Script, type Statement } from "./sql/statements.ts";
export type { Target } from "./target.ts";
