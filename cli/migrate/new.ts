import type { Command } from "commander";
import { createMigration } from "../../database/index.ts";

export function addNew(command: Command): void {
  command
    .command("new")
    .argument("<name>", 'what it does, for example "add colours"')
    .description("make the next file of the folder")
    .option("--dir <folder>", "folder of the SQL files", "migrations")
    .action(async (name: string, { dir }: { dir: string }) => console.log(await createMigration(dir, name)));
}
