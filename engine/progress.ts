import type { ListrTaskWrapper } from "listr2";

/** Tells what is going on. `say` replaces the step's present line of detail. */
export interface Progress {
  /** Shows a step while its work runs, with the time it takes, and the reason if it fails (which is thrown on). */
  step<T>(title: string, work: (say: (detail: string) => void) => Promise<T>): Promise<T>;
  /** One line of its own. */
  note(line: string): void;
}

/** Says nothing. */
export const silent: Progress = {
  step: (_title, work) => work(() => {}),
  note: () => {},
};

/** How often a running step shows sign of life where lines cannot be overwritten, in milliseconds. */
const lineEvery = 3_000;
/** The same on a terminal. */
const frameEvery = 1_000;

/** Columns that a step list needs. */
const narrowest = 40;

/**
 * A step list with elapsed time on a terminal; on a pipe or in CI plain lines, one at least every 4 seconds.
 * Write it to standard error, so that what a command answers can be piped.
 */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  // A terminal may not know its width (0), as in many containers; a list would be wrapped to a character a line.
  const isLive = stream.isTTY && stream.columns >= narrowest && !process.env.CI;
  return {
    step: isLive
      ? (title, work) => liveStep(stream, title, work)
      : (title, work) => plainStep(stream, title, work),
    note: (line) => void stream.write(`${line}\n`),
  };
}

async function plainStep<T>(
  stream: NodeJS.WriteStream,
  title: string,
  work: (say: (detail: string) => void) => Promise<T>,
): Promise<T> {
  const seconds = stopwatch();
  let detail = "";
  stream.write(`- ${title}\n`);
  const timer = setInterval(() => {
    stream.write(`    ${seconds()} s${detail && `, ${detail}`}\n`);
  }, lineEvery);
  try {
    const result = await work((text) => {
      detail = text;
    });
    stream.write(`    done in ${seconds()} s\n`);
    return result;
  } catch (error) {
    stream.write(`    failed: ${firstLine(error)}\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

async function liveStep<T>(
  stream: NodeJS.WriteStream,
  title: string,
  work: (say: (detail: string) => void) => Promise<T>,
): Promise<T> {
  // Loaded here, since a run that finds its engine at once shows no steps.
  const { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } = await import("listr2");
  const seconds = stopwatch();
  let outcome: { result: T } | { error: unknown } | undefined;
  const list = new Listr(
    [
      {
        title,
        task: async (_context, task: ListrTaskWrapper<unknown, never, never>) => {
          let detail = "";
          const show = () => {
            task.output = `${seconds()} s${detail && `, ${detail}`}`;
          };
          const timer = setInterval(show, frameEvery);
          try {
            outcome = {
              result: await work((text) => {
                detail = text;
              }),
            };
          } catch (error) {
            outcome = { error };
            throw new Error(firstLine(error));
          } finally {
            clearInterval(timer);
          }
        },
      },
    ],
    {
      // Ctrl-C is the caller's to handle: it has half-made things to remove.
      registerSignalListeners: false,
      renderer: "default",
      fallbackRendererCondition: false,
      rendererOptions: {
        timer: PRESET_TIMER,
        collapseErrors: false,
        logger: new ListrLogger({ useIcons: false, processOutput: new ProcessOutput(stream, stream) }),
      },
    },
  );
  await list.run().catch(() => {});
  if (outcome === undefined) throw new Error(`The step "${title}" ended without a result.`);
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

/** Enough for a step list: whoever catches the error prints the rest, such as all that an engine said. */
function firstLine(error: unknown): string {
  return (error as Error).message.split("\n", 1)[0] ?? "";
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => Math.round((performance.now() - start) / 1000);
}
