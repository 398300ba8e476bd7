/** What the project's files say, with all that is wrong in them. */
import { UserError } from "../../errors.ts";
import type { DoctorModel } from "../../github/doctor/facts.ts";
import { error, type Finding, unchecked } from "../../github/doctor/finding.ts";
import { checkSettings, type Settings } from "../../settings.ts";
import { readStacks, type StackFile } from "../../settings-files.ts";
import { loadModel } from "../workflow/model.ts";

export interface DoctorProject {
  /** Stacks that are looked at. */
  names: string[];
  /** Settings of those whose configuration is right. */
  stacks: Settings[];
  /** What the repository is compared with; undefined where GitHub is switched off, or the stack that owns it is not right yet. */
  model: DoctorModel | undefined;
  findings: Finding[];
}

/** @param chosen names of stacks; every stack that has a file by default. @throws UserError for one without a file */
export async function readProject(directory: string, chosen?: readonly string[]): Promise<DoctorProject> {
  const files = await readStacks(directory);
  const names = files.map(({ stack }) => stack).filter((stack) => chosen?.includes(stack) ?? true);
  const unknown = chosen?.find((stack) => !names.includes(stack));
  if (unknown !== undefined || names.length === 0) {
    throw new UserError(
      `There is no Pulumi.${unknown ?? "<stack>"}.yaml in ${directory}. Correct --stack, run the command in the project's folder, or name it with --directory.`,
    );
  }
  const checked = files.map((file) => ({ file, ...checkStack(file, files) }));
  const looked = checked.filter(({ file }) => names.includes(file.stack));
  const findings = looked.flatMap(({ file, problems }) =>
    problems.map(({ key, problem, remedy }) => ({
      check: "configuration",
      ...error(`${key} of ${file.stack} ${problem}`, remedy),
    })),
  );
  const stacks = looked.flatMap(({ settings }) => settings ?? []);
  const all = checked.flatMap(({ settings }) => settings ?? []);
  if (all.length === files.length) {
    const { files: rendered } = await loadModel(directory);
    return { names, stacks, model: modelOf(stacks, all, rendered), findings };
  }
  const model = all.some(({ ownsRepository }) => ownsRepository)
    ? modelOf(stacks, all, undefined)
    : undefined;
  const what = model ? "Workflow files are not compared" : "The repository is not looked at";
  const message = `${what} before the configuration of every stack is right.`;
  findings.push({ check: "github", ...unchecked(message) });
  return { names, stacks, model, findings };
}

function checkStack(file: StackFile, files: readonly StackFile[]) {
  const others = files.filter((other) => other !== file);
  return checkSettings(file.stack, file.config, {
    siblings: Object.fromEntries(others.map(({ stack, config }) => [stack, config])),
    isEncrypted: (key) => file.encrypted.has(key),
  });
}

/** The model of the stacks that use GitHub; undefined where none does. */
function modelOf(
  stacks: readonly Settings[],
  all: readonly Settings[],
  files: DoctorModel["files"],
): DoctorModel | undefined {
  const github = stacks.filter(({ clouds }) => clouds.github);
  const owner = all.find(({ ownsRepository }) => ownsRepository) ?? github[0];
  if (!owner || github.length === 0) return undefined;
  return { stacks: github, owner, files };
}
