import { resolve } from "node:path";
import { styleText } from "node:util";
import { Argument, Command } from "commander";
import { plain } from "../drift/report.ts";
import { showProgress } from "../engine/progress.ts";
import type { Action, Answer, Reason } from "../github/can/answer.ts";
import { can } from "../github/can/can.ts";
import { githubClient } from "../github/client.ts";
import { exitCodes } from "./exit-codes.ts";
import { loadProject } from "./project.ts";

const ACTIONS = ["push", "merge", "delete", "deploy", "read-secret"] as const satisfies Action[];

const codes = { yes: exitCodes.ok, no: exitCodes.refused, "cannot say": exitCodes.couldNotCheck } as const;

interface Options {
  directory?: string;
  json?: true;
}

/** `kai can`: may somebody do something, by the rules that GitHub has now; changes nothing. */
export function canCommand(): Command {
  return new Command("can")
    .summary("say whether somebody may push, merge, delete, deploy or read a secret")
    .description(
      "Answers from the rules that the repository has on GitHub now, not from the configuration: yes, no, or that the " +
        "token does not show enough to say. Names the rule that decides and, for a no, what would make it a yes. " +
        "Changes nothing. GITHUB_TOKEN must be set; an administrator's sees everything.",
    )
    .argument("<user>", "a login; an app's ends in [bot]")
    .addArgument(new Argument("<action>", "what they want to do").choices(ACTIONS))
    .argument(
      "<target>",
      "a branch (push, merge, delete), a tag (delete; refs/tags/… for push), a pull request as '#12' (merge), an " +
        "environment (deploy), or a secret's name (read-secret)",
    )
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON, see docs/access.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} yes, ${exitCodes.refused} no, ${exitCodes.couldNotCheck} cannot say

Examples:
  kai can eleni-dev push main
  kai can Basilakis merge '#12'             each condition of that pull request
  kai can eleni-dev read-secret JWT_SECRET  by which workflow, and who else
  kai can 'github-actions[bot]' push main   what a job's token may`,
    )
    .action(answer);
}

async function answer(user: string, action: Action, target: string, options: Options): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const { repository } = (await loadProject(directory)).repository;
  const github = githubClient(process.env);
  const where = { owner: repository.owner, repo: repository.name };
  const found = await showProgress(process.stderr).step(
    `Read the rules of ${where.owner}/${where.repo}`,
    () => can(github, where, { user, action, target }),
  );
  console.log(options.json ? JSON.stringify(found, null, 2) : describe(found).join("\n"));
  process.exitCode = codes[found.answer];
}

const MARKS = { forbids: "✖", unseen: "?", needs: "•", allows: "✔", note: " " } as const;
const COLOURS = { yes: "green", no: "red", "cannot say": "yellow" } as const;

function describe({ answer, reasons, open }: Answer): string[] {
  const hasNeeds = answer === "yes" && reasons.some(({ verdict }) => verdict === "needs");
  const headline = `${answer.charAt(0).toUpperCase()}${answer.slice(1)}${hasNeeds ? ", if:" : "."}`;
  return [
    styleText(COLOURS[answer], headline, { stream: process.stdout }),
    ...reasons.flatMap(describeReason),
    ...open.map(
      ({ question, here }) => `\nGitHub's documentation leaves open: ${question}\nAssumed here: ${here}`,
    ),
  ];
}

function describeReason({ verdict, text, origin, rule, remedy }: Reason): string[] {
  const where =
    origin &&
    origin.kind !== "role" &&
    `${origin.kind} "${origin.name}"${origin.id === undefined ? "" : `, id ${origin.id}`}`;
  const what = [rule && `rule ${rule}`, where, origin?.url].filter(Boolean).join(", ");
  const lines = [
    `${MARKS[verdict]} ${text}`,
    ...(what ? [`    ${what}`] : []),
    ...(remedy ? [`    ${remedy}`] : []),
  ];
  return lines.map(plain);
}
