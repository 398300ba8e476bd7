import { text } from "node:stream/consumers";
import { Command } from "commander";
import { UserError } from "../errors.ts";
import { readPreview } from "../preview/changes.ts";
import { previewMarkdown } from "../preview/markdown.ts";
import { exitCodes } from "./exit-codes.ts";

interface PreviewOptions {
  stack: string;
  limit: number;
  json?: true;
}

/** GitHub's longest comment (docs.github.com does not say it; the interface refuses "more than 65536 characters"). */
const LONGEST_COMMENT = 65_536;

/** `kai preview`: what a preview of the engine says, for people. */
export function previewCommand(): Command {
  return new Command("preview")
    .summary("show a preview as a pull request shows it")
    .description(
      "Reads what `pulumi preview --json` printed from standard input and prints Markdown: what is replaced or " +
        "deleted first, the rest by cloud. Property values are left out, so that no secret can be among them. The " +
        "plan's fingerprint is the same for two previews that would do the same.",
    )
    .requiredOption("--stack <name>", "the stack that was previewed")
    .option("--limit <bytes>", "longest text; what does not fit is counted", parseLimit, LONGEST_COMMENT)
    .option("--json", "answer as JSON")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} the preview says what would change, ${exitCodes.failure} it failed or gave no answer

Examples:
  pulumi preview --stack staging --json | kai preview --stack staging
  pulumi preview --stack staging --json | kai preview --stack staging --json`,
    )
    .action(preview);
}

function parseLimit(value: string): number {
  if (!/^\d{3,7}$/.test(value)) throw new UserError(`--limit ${value} is not a number of bytes from 100 on.`);
  return Number(value);
}

async function preview({ stack, limit, json }: PreviewOptions): Promise<void> {
  if (process.stdin.isTTY)
    throw new UserError(
      "Standard input is a terminal. Use it as in: pulumi preview --json | kai preview --stack staging",
    );
  const found = readPreview(await text(process.stdin));
  console.log(
    json ? JSON.stringify(found ?? null, null, 2) : previewMarkdown(found, { stack, limit }).trimEnd(),
  );
  if (!found || found.errors.length > 0) process.exitCode = exitCodes.failure;
}
