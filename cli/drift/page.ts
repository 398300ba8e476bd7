import { writeFile } from "node:fs/promises";
import { driftPage } from "../../drift/page/page.ts";
import type { DriftReport } from "../../drift/report.ts";
import { UserError, writeProblem } from "../../errors.ts";
import { loadProject } from "../project.ts";

/**
 * Writes the page of a report. Where the configuration cannot be used, the page lacks the picture: the report says what
 * is wrong with it.
 * @throws UserError where the file cannot be written
 */
export async function writePage(file: string, report: DriftReport, directory: string): Promise<void> {
  const stacks = await loadProject(directory).then(
    (project) => project.stacks,
    (error) => {
      if (error instanceof UserError) return [];
      throw error;
    },
  );
  await writeFile(file, driftPage(report, stacks)).catch((error: Error) => {
    const problem = writeProblem(error);
    throw problem ? new UserError(`${file} cannot be written: ${problem}.`, { cause: error }) : error;
  });
}
