import { resolve } from "node:path";
import { Command } from "commander";
import { describeSetting, isAddition, settingByHand, settingFor } from "../../drift/adoption.ts";
import type { Finding } from "../../drift/findings.ts";
import { plain } from "../../drift/report.ts";
import { showProgress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { ProjectFiles } from "../adopt/project-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { findDrift } from "./find.ts";

interface Options {
  stack?: string[];
  finding?: string[];
  reason?: string;
  write?: true;
  directory?: string;
}

/** What becomes of one finding. */
export interface Decision {
  finding: Finding;
  /** The file and what it says then; left out where no setting says it. */
  written?: { file: string; text: string };
  /** Why it is not written; only in that case. */
  obstacle?: string;
}

/** Days for which an addition is ignored: long enough to be no chore, short enough to be looked at again. */
const DAYS = 90;

/** `kai drift adopt`: the configuration that keeps what somebody changed. */
export function adoptCommand(): Command {
  return new Command("adopt")
    .summary("write the configuration that keeps what was found")
    .description(
      "Looks for drift, and says for each finding which setting would make it wanted. What somebody added where no " +
        `setting describes it goes to kai:drift.ignore for ${DAYS} days, with the reason that --reason gives. With --write ` +
        "it changes the stack's file, after the whole configuration was checked; the next `pulumi up` then has nothing " +
        "to put back. It changes no cloud.",
    )
    .option("--stack <name>", "this stack only; may be given several times", collect)
    .option(
      "--finding <fingerprint>",
      "this finding only, by its fingerprint in the JSON; may be given several times",
      collect,
    )
    .option("--reason <text>", "why what was added is meant")
    .option("--write", "write the files")
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} every finding is adopted, or could be, ${exitCodes.findings} for some there is no setting, ${exitCodes.couldNotCheck} a stack could not be checked

Examples:
  kai drift adopt                                               look
  kai drift adopt --stack production --finding 1f0c… --write    keep one change
  kai drift adopt --reason "Nikos is on call" --write           keep all that can be`,
    )
    .action(adopt);
}

async function adopt(options: Options): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const files = await ProjectFiles.open(directory);
  const progress = showProgress(process.stderr);
  const { stacks } = await findDrift({ directory, stacks: options.stack, progress });
  const chosen = stacks.map(({ stack, findings }) => ({
    stack: stack.split("/").at(-1) as string,
    findings: findings.filter(({ fingerprint }) => options.finding?.includes(fingerprint) ?? true),
  }));
  refuseUnknown(
    options.finding ?? [],
    chosen.flatMap(({ findings }) => findings),
  );
  const decisions = chosen.flatMap(({ stack, findings }) =>
    findings.map((finding) => decide(files, stack, finding, options.reason, new Date())),
  );
  files.settings();
  const written = options.write ? await files.write() : [];
  console.log(describe(decisions));
  console.error(
    options.write
      ? `\nWrote ${written.join(", ") || "nothing"}. Now: pulumi preview --refresh`
      : "\nNothing was written. Add --write to have it written.",
  );
  const unknown = stacks.filter(({ outcome }) => outcome === "could-not-check");
  for (const { stack, reason = "" } of unknown)
    console.error(`${plain(stack)} could not be checked. ${reason.split("\n").map(plain).join("\n  ")}`);
  if (unknown.length > 0) process.exitCode = exitCodes.couldNotCheck;
  else if (decisions.some(({ obstacle }) => obstacle)) process.exitCode = exitCodes.findings;
}

function refuseUnknown(asked: readonly string[], findings: readonly Finding[]): void {
  const unknown = asked.filter((one) => !findings.some(({ fingerprint }) => fingerprint === one));
  if (unknown.length === 0) return;
  throw new UserError(
    `Nothing is found with the fingerprint ${unknown.join(", ")}. \`kai drift --json\` names those of today.`,
  );
}

/** Writes the setting into the files, in memory. @param reason why an addition is meant */
export function decide(
  files: ProjectFiles,
  stack: string,
  finding: Finding,
  reason: string | undefined,
  now: Date,
): Decision {
  const setting = settingFor(finding);
  if (setting) {
    const file = files.setIn(stack, setting.section, setting.path, setting.value);
    if (file) return { finding, written: { file, text: describeSetting(setting) } };
    return {
      finding,
      obstacle: `The files say nothing where ${describeSetting(setting)} would stand; write it by hand.`,
    };
  }
  const byHand = settingByHand(finding);
  if (byHand) return { finding, obstacle: `Write it by hand: ${byHand}.` };
  if (!isAddition(finding)) {
    return { finding, obstacle: `No setting says this. Put it back: ${finding.ways.revert}` };
  }
  if (!reason) return { finding, obstacle: "It can only be ignored for a time: say why with --reason." };
  const until = new Date(now.getTime() + DAYS * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
  const { name, property = "" } = finding;
  const file = files.ignore(stack, { name, property, reason, until });
  return { finding, written: { file, text: `kai:drift.ignore: ${name} ${property}, until ${until}` } };
}

/** One block a finding. */
function describe(decisions: readonly Decision[]): string {
  if (decisions.length === 0) return "Nothing was found that was changed by hand.";
  return decisions
    .map(({ finding: { fingerprint, name, property, kind }, written, obstacle = "" }) => {
      const title = `${fingerprint} ${name} ${kind === "deleted" ? "is gone" : (property ?? "was changed")}`;
      const line = written ? `${written.file}: ${written.text}` : obstacle;
      return `${plain(title)}\n  ${plain(line)}`;
    })
    .join("\n");
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name];
}
