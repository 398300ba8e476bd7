import * as pulumi from "@pulumi/pulumi";
import type { Migration } from "../database/index.ts";
import { previewMigrations } from "./migrations-preview.ts";
import type { MigrationFile, MigrationsState } from "./migrations-provider.ts";

export interface MigrationsArgs {
  /** Environment whose database is migrated; its connection string comes from `DATABASE_URL_<ENVIRONMENT>`. */
  target: string;
  /** Folder of the SQL files, relative to the program's folder. */
  directory: string;
  /** Schema of the history table; created if it does not exist. */
  schema: string;
  /** Name of the history table; `<table>_log` beside it is the audit trail. */
  table: string;
  /** The folder's files in order, as `readMigrations` answers them. */
  files: readonly Migration[];
}

/**
 * A stub: the engine stores the text of these methods with the resource and runs the stored text on read and
 * delete. They capture nothing, so the text holds no secret and never changes; the code stays in the project.
 * The path is relative to the program's folder, where the engine runs it. There is no `diff`: the engine then
 * compares the inputs itself and reports each property. Deleting never touches the database.
 */
const provider: pulumi.dynamic.ResourceProvider<MigrationsState, MigrationsState> = {
  async create(inputs) {
    return (await import("./components/migrations-provider.ts" as string)).create(inputs);
  },
  async read(id, state) {
    return (await import("./components/migrations-provider.ts" as string)).read(id, state);
  },
  async update(id, olds, news) {
    return (await import("./components/migrations-provider.ts" as string)).update(id, olds, news);
  },
  async delete() {},
};

class DatabaseSchema extends pulumi.dynamic.Resource {
  constructor(name: string, state: MigrationsState, options: pulumi.CustomResourceOptions) {
    super(provider, name, state, options);
  }
}

/**
 * The database schema: applies the folder's pending files, in order, before everything that depends on this.
 * A preview says which files are pending, how they run and what to look out for; it reads the history alone.
 * An `up` fails with file, line and statement when one of them fails; the files before it stay applied, and the
 * next `up` continues.
 */
export class Migrations extends pulumi.ComponentResource {
  /** The files that are applied once this resource is up. */
  readonly files: pulumi.Output<MigrationFile[]>;

  constructor(name: string, args: MigrationsArgs, options?: pulumi.ComponentResourceOptions) {
    super("kai:database:Migrations", name, {}, options);
    const files = args.files.map(({ name: file, checksum }) => ({ name: file, checksum }));
    const { target, directory, schema, table } = args;
    const schemaResource = new DatabaseSchema(
      `${name}-schema`,
      { target, directory, schema, table, files, alteredTables: [] },
      { parent: this, hideDiffs: ["__provider"] },
    );
    this.files = schemaResource.urn.apply(() => files);
    const outputs = { files: this.files };
    // A preview asks the database while other resources are registered.
    this.registerOutputs(
      pulumi.runtime.isDryRun() ? report(args, schemaResource).then(() => outputs) : outputs,
    );
  }
}

async function report(args: MigrationsArgs, resource: pulumi.Resource): Promise<void> {
  const log = { info: pulumi.log.info, warning: pulumi.log.warn };
  for (const { severity, text } of await previewMigrations(args)) await log[severity](text, resource);
}
