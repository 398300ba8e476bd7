import { fileURLToPath } from "node:url";
import { type CheckOptions, checkStacks, type StackReport } from "../../drift/check.ts";
import { lookBeside } from "../../drift/github/check.ts";
import { type Ignored, withIgnored } from "../../drift/ignored.ts";
import { pendingIn } from "../../drift/pending.ts";
import { type DriftReport, driftReport } from "../../drift/report.ts";
import type { OwnImage } from "../../drift/running.ts";
import { engineEnvironment } from "../../engine/environment.ts";
import { findEngine } from "../../engine/find-engine.ts";
import { untilInterrupted } from "../../engine/process.ts";
import type { Progress } from "../../engine/progress.ts";
import { UserError } from "../../errors.ts";
import { githubClient } from "../../github/client.ts";
import { firstImage, image } from "../../pipeline/names.ts";
import type { Settings } from "../../settings.ts";
import { readStacks } from "../../settings-files.ts";
import { loadModel, type WorkflowModel } from "../workflow/model.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is looked at. */
export interface FindOptions {
  /** The folder of Pulumi.yaml. */
  directory: string;
  /** As the command line names them. Left out: all that have a file. */
  stacks?: string[] | undefined;
  /** Whether the changes that wait for an `up` are counted, which takes a preview of each stack. */
  pending?: boolean | undefined;
  progress: Progress;
}

/** Looks for drift, from the engine's refresh to the configuration's own word about it. Writes nowhere. */
export async function findDrift({ directory, stacks, pending, progress }: FindOptions): Promise<DriftReport> {
  const names = stacks ? [...new Set(stacks)] : await stacksOf(directory);
  const engine = await findEngine({ root, progress });
  const model = await modelOf(directory);
  const settings = new Map(names.map((name) => [name, settingsOf(model, name)]));
  const reports = await progress.step(`Compare ${names.join(" and ")} with what is there`, (say) =>
    untilInterrupted(async ({ signal }) => {
      const options: CheckOptions = {
        directory,
        pulumi: engine.pulumi,
        env: engineEnvironment(engine, process.env, root),
        signal,
        onProgress: say,
        images: new Map(names.map((name) => [name, imagesOf(settings.get(name))])),
      };
      const checked = await checkStacks(names, options);
      const complete = await lookBeside(checked, options, {
        github: () => githubClient(process.env),
        model: async () => {
          if (model instanceof UserError) throw model;
          return { owner: model.repository.rules.mainOwner, files: model.files };
        },
      });
      return pending ? countPending(complete, options) : complete;
    }),
  );
  const today = new Date().toISOString().slice(0, 10);
  const ignored = (stack: string): Ignored[] => settings.get(stack)?.drift.ignore ?? [];
  return driftReport(reports.map((report) => withIgnored(report, ignored(report.stack), today)));
}

/** One after the other: the refreshes before took what the machine has. */
async function countPending(reports: StackReport[], options: CheckOptions): Promise<StackReport[]> {
  const counted: StackReport[] = [];
  for (const report of reports) {
    options.onProgress?.(`${report.stack}: previews what waits for an up`);
    const pending = await pendingIn(report.stack, options);
    counted.push({ ...report, ...(pending !== undefined && { pending }) });
  }
  return counted;
}

/** A configuration that cannot be used is an answer: the program then refuses to run, and its report says why. */
async function modelOf(directory: string): Promise<WorkflowModel | UserError> {
  try {
    return await loadModel(directory);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** @param stack as the command line names it, such as `team/kai/production` */
function settingsOf(model: WorkflowModel | UserError, stack: string): Settings | undefined {
  if (model instanceof UserError) return undefined;
  return model.stacks.find((settings) => settings.stack === stack.split("/").at(-1));
}

function imagesOf(settings: Settings | undefined): Map<string, OwnImage> {
  const own = settings?.services.map((service): [string, OwnImage] => [
    service.name,
    { repository: image(settings, service), first: firstImage(settings, service) },
  ]);
  return new Map(own);
}

async function stacksOf(directory: string): Promise<string[]> {
  const stacks = (await readStacks(directory)).map(({ stack }) => stack);
  if (stacks.length > 0) return stacks;
  throw new UserError(
    `There is no Pulumi.<stack>.yaml in ${directory}, so no stack is known. Run the command in the project's folder, name it with --directory, or name a stack with --stack.`,
  );
}
