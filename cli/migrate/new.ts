import type { Command } from "commander";
import { createMigration } from "../../database/index.ts";
import { type Options, print, reporting } from "./options.ts";

export function addNew(command: Command): void {
  command
    .command("new")
    .argument("<name>", 'what it does, for example "add colours"')
    .description("make the next file of the folder, named and numbered as its last one is")
    .option("--dir <folder>", "folder of the SQL files", "migrations")
    .option("--json", "answer as JSON on standard output")
    .action((name: string, options: Pick<Options, "dir" | "json">) =>
      reporting(async () => {
        const file = await createMigration(options.dir, name);
        print(options, { file }, file);
      })(options),
    );
}
