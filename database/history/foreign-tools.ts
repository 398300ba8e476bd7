import type { HistoryTable } from "./history.ts";

/** Another migration tool, known by the table in which it keeps its history. */
export interface ForeignTool {
  /** Name on the command line. */
  id: string;
  /** Name in messages. */
  title: string;
  /** Where the tool keeps its history unless it is told otherwise. */
  home: HistoryTable;
  /** Columns by which a table is recognised. */
  columns: readonly string[];
  /** The table has these columns and no others. */
  only?: true;
  /** A table that the tool keeps beside its history, where the columns alone do not tell. */
  beside?: string;
  /** How to read what is applied; undefined where its entries are no SQL files. */
  rows?: ForeignRows;
}

/** SQL expressions over the tool's table, which is called `t`. */
export interface ForeignRows {
  /** The file's name, with or without path and ending. */
  name?: string;
  /** The number in front of the file's name. */
  number?: string;
  /** SHA-256 of the file's text in hex. */
  checksum?: string;
  /** Which rows say that something is applied. Default: all. */
  where?: (table: string) => string;
  /** The entry stands for every file up to its number. Default: for its own. */
  upTo?: string;
  /** The tool stopped in the middle of it. Default: never. */
  unfinished?: string;
}

const home = (table: string, schema = "public"): HistoryTable => ({ schema, table });

/**
 * The first that fits decides. Shapes are those that each tool creates on PostgreSQL; the place to look is named
 * with each (repository, file or page).
 */
export const FOREIGN_TOOLS: readonly ForeignTool[] = [
  // github.com/golang-migrate/migrate, database/postgres: one row, the number of the last file.
  {
    id: "golang-migrate",
    title: "golang-migrate",
    home: home("schema_migrations"),
    columns: ["version", "dirty"],
    rows: { number: "t.version", upTo: "true", unfinished: "t.dirty" },
  },
  // github.com/supabase/cli, pkg/migration: newer versions add name, created_by and others.
  {
    id: "supabase",
    title: "Supabase's command line",
    home: home("schema_migrations", "supabase_migrations"),
    columns: ["version", "statements"],
    rows: { number: "t.version" },
  },
  // hexdocs.pm/ecto_sql, Ecto.Migrator.
  {
    id: "ecto",
    title: "Ecto",
    home: home("schema_migrations"),
    columns: ["version", "inserted_at"],
    only: true,
    rows: { number: "t.version" },
  },
  // github.com/rails/rails, ActiveRecord::SchemaMigration and ActiveRecord::InternalMetadata.
  {
    id: "rails",
    title: "Rails",
    home: home("schema_migrations"),
    columns: ["version"],
    only: true,
    beside: "ar_internal_metadata",
    rows: { number: "t.version" },
  },
  // github.com/amacneil/dbmate, pkg/driver/postgres.
  {
    id: "dbmate",
    title: "dbmate",
    home: home("schema_migrations"),
    columns: ["version"],
    only: true,
    rows: { number: "t.version" },
  },
  // github.com/flyway/flyway, schema history table. `success` is false after a failure; a repeatable file has no version.
  {
    id: "flyway",
    title: "Flyway",
    home: home("flyway_schema_history"),
    columns: ["installed_rank", "version", "description", "type", "script", "checksum", "success"],
    rows: {
      name: "t.script",
      number: "t.version",
      where: (table) =>
        `t.version IS NOT NULL AND t.type NOT LIKE 'UNDO%' AND t.type NOT IN ('SCHEMA', 'DELETE')
         AND NOT EXISTS (SELECT FROM ${table} later WHERE later.version = t.version
           AND later.installed_rank > t.installed_rank AND (later.type LIKE 'UNDO%' OR later.type = 'DELETE'))`,
      upTo: "t.type = 'BASELINE'",
      unfinished: "NOT t.success",
    },
  },
  // github.com/prisma/prisma-engines, schema-engine: a folder per migration.
  {
    id: "prisma",
    title: "Prisma",
    home: home("_prisma_migrations"),
    columns: ["migration_name", "finished_at", "rolled_back_at", "applied_steps_count"],
    rows: {
      name: "t.migration_name",
      where: () => "t.rolled_back_at IS NULL",
      unfinished: "t.finished_at IS NULL",
    },
  },
  // github.com/salsita/node-pg-migrate, src/runner.ts: names without their ending.
  {
    id: "node-pg-migrate",
    title: "node-pg-migrate",
    home: home("pgmigrations"),
    columns: ["id", "name", "run_on"],
    only: true,
    rows: { name: "t.name" },
  },
  // github.com/pressly/goose, database/dialect: one row for each time up or down; the row 0 is the table itself.
  {
    id: "goose",
    title: "goose",
    home: home("goose_db_version"),
    columns: ["version_id", "is_applied", "tstamp"],
    rows: {
      number: "t.version_id",
      where: (table) =>
        `t.is_applied AND t.version_id > 0
         AND t.id = (SELECT max(last.id) FROM ${table} last WHERE last.version_id = t.version_id)`,
    },
  },
  // github.com/thomwright/postgres-migrations: id 0 is the table itself.
  {
    id: "postgres-migrations",
    title: "postgres-migrations",
    home: home("migrations"),
    columns: ["id", "name", "hash", "executed_at"],
    only: true,
    rows: { number: "t.id", where: () => "t.id > 0" },
  },
  // github.com/graphile/migrate, src/migration.ts.
  {
    id: "graphile-migrate",
    title: "graphile-migrate",
    home: home("migrations", "graphile_migrate"),
    columns: ["hash", "previous_hash", "filename"],
    rows: { name: "t.filename" },
  },
  // orm.drizzle.team/docs/drizzle-kit-migrate: the hash is the SHA-256 of the file.
  {
    id: "drizzle",
    title: "Drizzle",
    home: home("__drizzle_migrations", "drizzle"),
    columns: ["id", "hash", "created_at"],
    only: true,
    rows: { checksum: "t.hash" },
  },
  // knexjs.org/guide/migrations.
  {
    id: "knex",
    title: "Knex",
    home: home("knex_migrations"),
    columns: ["id", "name", "batch", "migration_time"],
    only: true,
    rows: { name: "t.name" },
  },
  // typeorm.io/docs/migrations.
  {
    id: "typeorm",
    title: "TypeORM",
    home: home("migrations"),
    columns: ["id", "timestamp", "name"],
    only: true,
    rows: { number: "t.timestamp" },
  },
  // github.com/sequelize/umzug, SequelizeStorage.
  {
    id: "sequelize",
    title: "Sequelize or umzug",
    home: home("SequelizeMeta"),
    columns: ["name"],
    only: true,
    rows: { name: "t.name" },
  },
  // kysely.dev/docs/migrations.
  {
    id: "kysely",
    title: "Kysely",
    home: home("kysely_migration"),
    columns: ["name", "timestamp"],
    only: true,
    rows: { name: "t.name" },
  },
  // github.com/rickbergfalk/postgrator.
  {
    id: "postgrator",
    title: "postgrator",
    home: home("schemaversion"),
    columns: ["version", "name", "md5", "run_at"],
    rows: { number: "t.version", where: () => "t.version > 0" },
  },
  // github.com/launchbadge/sqlx, sqlx-postgres/src/migrate.rs.
  {
    id: "sqlx",
    title: "sqlx",
    home: home("_sqlx_migrations"),
    columns: ["version", "description", "installed_on", "success", "checksum", "execution_time"],
    rows: { number: "t.version", unfinished: "NOT t.success" },
  },
  // github.com/rust-db/refinery.
  {
    id: "refinery",
    title: "refinery",
    home: home("refinery_schema_history"),
    columns: ["version", "name", "applied_on", "checksum"],
    only: true,
    rows: { number: "t.version" },
  },
  // github.com/diesel-rs/diesel: a folder per migration, dashes left out of the number.
  {
    id: "diesel",
    title: "Diesel",
    home: home("__diesel_schema_migrations"),
    columns: ["version", "run_on"],
    only: true,
    rows: { number: "t.version" },
  },
  // github.com/ariga/atlas, cmd/atlas/internal/migrate/ent/schema: type 1 is a baseline; names with a dot are its own.
  {
    id: "atlas",
    title: "Atlas",
    home: home("atlas_schema_revisions", "atlas_schema_revisions"),
    columns: ["version", "applied", "total", "executed_at", "operator_version"],
    rows: {
      number: "t.version",
      where: () => "t.version NOT LIKE '.%'",
      upTo: "t.type = 1",
      unfinished: "t.applied < t.total",
    },
  },
  // docs.liquibase.com, DATABASECHANGELOG: a file may hold several change sets.
  {
    id: "liquibase",
    title: "Liquibase",
    home: home("databasechangelog"),
    columns: ["id", "author", "filename", "dateexecuted", "md5sum"],
    rows: { name: "t.filename", where: () => "t.exectype IN ('EXECUTED', 'RERAN', 'MARK_RAN')" },
  },
  // sqitch.org, App::Sqitch::Engine::pg: names have no number.
  {
    id: "sqitch",
    title: "Sqitch",
    home: home("changes", "sqitch"),
    columns: ["change_id", "change", "project", "committed_at"],
    rows: { name: "t.change" },
  },
  // alembic.sqlalchemy.org: the revision of Python files.
  {
    id: "alembic",
    title: "Alembic",
    home: home("alembic_version"),
    columns: ["version_num"],
    only: true,
  },
  // docs.djangoproject.com, MigrationRecorder: Python files.
  {
    id: "django",
    title: "Django",
    home: home("django_migrations"),
    columns: ["id", "app", "name", "applied"],
    only: true,
  },
];

/**
 * The tools whose table has these columns; several where columns alone do not tell (then `beside` does).
 * Empty for a table that nobody knows.
 */
export function toolsByShape(columns: readonly string[]): ForeignTool[] {
  return FOREIGN_TOOLS.filter(
    (tool) =>
      tool.columns.every((column) => columns.includes(column)) &&
      (!tool.only || columns.length === tool.columns.length),
  );
}
