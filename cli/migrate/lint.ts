import type { Command } from "commander";
import {
  lintFolder,
  type Migration,
  MigrationError,
  parseAll,
  readMigrations,
} from "../../database/index.ts";
import { exitCodes } from "../exit-codes.ts";
import { nameOf, type Options, print, reporting } from "./options.ts";
import { count, describeFindings } from "./plan-text.ts";

type LintOptions = Pick<Options, "dir" | "json">;

export function addLint(command: Command): void {
  command
    .command("lint")
    .argument("[files...]", "files of the folder; all of them if none is named")
    .description("find what works on an empty database and hurts one that is used; needs no database")
    .option("--dir <folder>", "folder of the SQL files", "migrations")
    .option("--json", "answer as JSON on standard output")
    .addHelpText(
      "after",
      `
Each file is judged as if the ones before it were applied long ago. \`kai migrate plan\` asks a database what is pending,
and knows that what pending files create is empty. A comment above a statement keeps what is meant, one on top of the
file all of that kind:
  -- kai:allow drop-column no release since March reads it

Exit codes: ${exitCodes.ok} nothing found, ${exitCodes.findings} something found, ${exitCodes.failure} a file cannot be understood

In a pull request, the files that it changes:
  kai migrate lint $(git diff --name-only --diff-filter=d origin/main -- migrations)`,
    )
    .action((files: string[], options: LintOptions) =>
      reporting<LintOptions>((given) => lint(files, given))(options),
    );
}

async function lint(files: readonly string[], options: LintOptions): Promise<void> {
  const migrations = await readMigrations(options.dir);
  const wanted = new Set(files.map((file) => findFile(file, migrations, options.dir)));
  const all = lintFolder(await parseAll(migrations));
  const findings = wanted.size > 0 ? all.filter(({ file }) => wanted.has(file)) : all;
  const checked = wanted.size || migrations.length;
  const text = [
    ...describeFindings(findings),
    `${count(findings.length, "finding")} in ${count(checked, "file")}`,
  ];
  print(options, { findings }, text.join("\n"));
  if (findings.length > 0) process.exitCode = exitCodes.findings;
}

/** A file by its name in the folder, or by its path from here. */
function findFile(file: string, migrations: readonly Migration[], directory: string): string {
  const name = nameOf(file, migrations);
  if (migrations.some((one) => one.name === name)) return name;
  throw new MigrationError(
    "folder",
    `${directory} has no migration ${file}. Name a file of the folder, or its path.`,
  );
}
