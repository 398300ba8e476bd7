/** The workflow files of the default branch against the model, and whether GitHub runs them. */
import { compare, firstDifference } from "../../pipeline/workflows/compare.ts";
import type { DoctorFacts } from "./facts.ts";
import { error, type Found, note, unchecked, warning } from "./finding.ts";

export function checkWorkflowFiles({ files, inventory }: DoctorFacts): Found[] {
  const { workflowFiles, repository } = inventory;
  const branch = repository.default_branch;
  if (!files) return [];
  if (!workflowFiles.seen) return [unchecked(`The workflow files of ${branch}: ${workflowFiles.reason}`)];
  const remedy = `kai workflow propose --base ${branch}`;
  const present = new Map(workflowFiles.value.map(({ path, content }) => [path, content]));
  if (!files.some(({ path }) => present.has(path))) {
    return [note(`${branch} has none of the workflow files yet, so nothing is built or deployed.`, remedy)];
  }
  return files.flatMap((file) => {
    const content = present.get(file.path);
    const state = compare(file, content);
    if (state === "same") return [];
    const how =
      content === undefined
        ? `is not on ${branch}`
        : `of ${branch} differs from the model, first in line ${firstDifference(file, content)}`;
    return [warning(`${file.path} ${how}.`, remedy)];
  });
}

/** A workflow that somebody, or GitHub after 60 days without a commit, has switched off. */
export function checkDisabled({ files, inventory: { workflows, repository } }: DoctorFacts): Found[] {
  if (!files) return [];
  if (!workflows.seen) return [unchecked(`Which workflows are switched on: ${workflows.reason}`)];
  const paths = new Set(files.map(({ path }) => path));
  return workflows.value
    .filter(({ path, state }) => paths.has(path) && state !== "active")
    .map(({ path, state, id }) =>
      error(
        `GitHub does not run ${path}: its state is ${state}.`,
        `gh workflow enable ${id} --repo ${repository.full_name}`,
      ),
    );
}
