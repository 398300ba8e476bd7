import type { Command } from "commander";
import { migrate, readMigrations } from "../../database/index.ts";
import { type Options, print, progress, reporting, targetOf, wholeNumber, withDatabase } from "./options.ts";

interface UpOptions extends Options {
  to?: string;
  outOfOrder?: true;
  lockTimeout: string;
}

export function addUp(command: Command): void {
  withDatabase(command.command("up"), "apply what is pending")
    .option("--to <number|file>", "stop behind this file")
    .option("--out-of-order", "apply pending files that are older than applied ones")
    .option(
      "--lock-timeout <ms>",
      "longest that applications wait behind a statement that waits for a lock",
      "1000",
    )
    .action(
      reporting(async (options: UpOptions) => {
        const result = await migrate(targetOf(options), await readMigrations(options.dir), {
          outOfOrder: options.outOfOrder === true,
          lockTimeoutMs: Number(wholeNumber("--lock-timeout", options.lockTimeout)),
          ...(options.to !== undefined ? { to: options.to } : {}),
          onEvent: progress,
        });
        const done = result.applied.length === 0 ? "Nothing to apply." : `${result.applied.length} applied.`;
        print(options, { applied: result.applied }, done);
      }),
    );
}
