/** The migration engine: SQL files of a folder, applied in order to a PostgreSQL database. Knows nothing of Pulumi. */
export { maskConnectionString } from "./connection.ts";
export { MigrationError, type MigrationErrorKind } from "./errors.ts";
export type { MigrationEvent, OnEvent } from "./events.ts";
export { checksumOf, type Migration, readMigrations, versionOf } from "./files.ts";
export type { Evidence, History, HistoryRow, HistoryTable } from "./history.ts";
export {
  describeAltered,
  type Inspection,
  inspect,
  parseAll,
  type Status,
  status,
  verify,
} from "./inspect.ts";
export { describeHolder, type LockHolder } from "./lock.ts";
export { acceptTables, type MigrateOptions, type MigrateResult, migrate } from "./migrate.ts";
export { createMigration } from "./new.ts";
export { comparePlan, isComplete, type Plan, type Problem, type ProblemKind } from "./plan.ts";
export { describeEvent } from "./progress.ts";
export { parseScript, type Script, type Statement } from "./statements.ts";
export { DEFAULT_HISTORY, type Target } from "./target.ts";
