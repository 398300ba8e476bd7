import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { showProgress } from "../engine/progress.ts";
import { UserError } from "../errors.ts";
import { githubClient } from "../github/client.ts";
import { checkGitHub } from "../github/doctor/checks.ts";
import { readFacts } from "../github/doctor/facts.ts";
import { error, type Finding, unchecked } from "../github/doctor/finding.ts";
import { type Rights, rightsOf } from "../github/doctor/rights.ts";
import { checkClouds, checkDatabases } from "./doctor/clouds.ts";
import { checkEngine, checkNode } from "./doctor/machine.ts";
import { type DoctorProject, readProject } from "./doctor/project.ts";
import { type DoctorReport, describeDoctor, doctorReport } from "./doctor/report.ts";
import { exitCodes } from "./exit-codes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface DoctorOptions {
  stack?: string[];
  directory?: string;
  json?: true;
}

/** `kai doctor`: everything that can be wrong around the pipeline, each with what mends it; changes nothing. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("say what is wrong, and what mends it")
    .description(
      "Looks at the configuration, this computer, the repository on GitHub, the databases and the clouds' " +
        "credentials, and says what does not fit, each with the command that mends it. Changes nothing. What cannot be " +
        "asked is told apart from what is right.",
    )
    .option("--stack <name>", "look at this stack only; may be given several times", collect)
    .option("--directory <folder>", "the folder of Pulumi.yaml (default: this one, or PULUMI_OPTION_CWD)")
    .option("--json", "answer as JSON, see docs/doctor.md")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} nothing to mend, ${exitCodes.findings} errors or warnings, ${exitCodes.couldNotCheck} none found but something could not be asked

Examples:
  kai doctor                                every stack
  kai doctor --stack production --json      one stack, for a program
  npm run sandbox -- kai doctor             in the sandbox`,
    )
    .action(doctor);
}

async function doctor(options: DoctorOptions): Promise<void> {
  const directory = resolve(options.directory ?? process.env.PULUMI_OPTION_CWD ?? ".");
  const project = await readProject(directory, options.stack);
  const progress = showProgress(process.stderr);
  const report = await progress.step("Look at this computer, GitHub, the databases and the clouds", () =>
    examine(project, directory, process.env),
  );
  console.log(options.json ? JSON.stringify(report, null, 2) : describeDoctor(report, process.stdout));
  process.exitCode = exitCodes[report.outcome];
}

async function examine(
  project: DoctorProject,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<DoctorReport> {
  const { stacks } = project;
  const [github, ...others] = await Promise.all([
    examineGitHub(project, env),
    checkEngine({ root, directory, env }, project.names),
    checkDatabases(stacks, env),
    checkClouds(stacks, env),
  ]);
  const findings = [...project.findings, ...checkNode(process.versions.node), ...others.flat()];
  return doctorReport([...findings, ...github.findings], github.rights);
}

/** GitHub's part; what keeps it from being asked at all is one finding of it. */
async function examineGitHub(
  { model }: DoctorProject,
  env: NodeJS.ProcessEnv,
): Promise<{ findings: Finding[]; rights: Rights[] }> {
  if (!model) return { findings: [], rights: [] };
  try {
    const facts = await readFacts(githubClient(env), model, Date.now());
    return { findings: checkGitHub(facts), rights: rightsOf(facts) };
  } catch (cause) {
    const { message, cause: answer } = cause as Error;
    const { status } = ((cause instanceof UserError ? answer : cause) ?? {}) as { status?: unknown };
    if (!(cause instanceof UserError) && status === undefined) throw cause;
    const found =
      status === 401
        ? error(message, "export GITHUB_TOKEN=…")
        : unchecked(`GitHub was not asked: ${message}`);
    return { findings: [{ check: "github", ...found }], rights: [] };
  }
}

function collect(name: string, names: string[] = []): string[] {
  return [...names, name];
}
