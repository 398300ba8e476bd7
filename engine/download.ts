import { fileURLToPath } from "node:url";
import { type Pins, WayFailed } from "./engine.ts";
import { runInGroup } from "./process.ts";

/** What a download needs to know. */
export interface Download {
  /** The folder that receives `bin/` with the command line and its language hosts. */
  staging: string;
  pins: Pins;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Where the official installer and its archives are (`installPosix` of the Automation API, `install.sh`). */
const installer = "https://get.pulumi.com/";
/** How long that host may take to answer, in milliseconds: a machine that cannot reach it goes on after this. */
const answerLimit = 4_000;
/** How long the whole download may take, in milliseconds. The archive has about 100 MB. */
const wholeLimit = 180_000;

/**
 * Downloads the official release into `staging/bin` by the Automation API's installer.
 * Throws WayFailed where the host cannot be reached or the download fails.
 */
export async function download({ staging, pins, env, signal }: Download): Promise<void> {
  const workerEnv = { ...env, NODE_USE_ENV_PROXY: "1" };
  await reach(workerEnv, signal);
  const limit = AbortSignal.timeout(wholeLimit);
  const worker = fileURLToPath(new URL("download-worker.ts", import.meta.url));
  const result = await runInGroup(process.execPath, [worker, pins.pulumi, staging], {
    env: workerEnv,
    signal: AbortSignal.any([signal, limit]),
  }).catch((error: unknown) => {
    if (!limit.aborted || signal.aborted) throw error;
    throw new WayFailed(`not finished after ${wholeLimit / 60_000} minutes`);
  });
  if (result.code !== 0) {
    const reason = result.lastLines.find((line) => /error|fail|curl/i.test(line)) ?? result.lastLines.at(-1);
    throw new WayFailed(`the official installer failed: ${reason?.trim() ?? "it wrote nothing"}`);
  }
}

/** Asks the host for its headers from a process that follows the same proxy settings as the worker will. */
async function reach(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const script = `fetch(${JSON.stringify(installer)}, { method: "HEAD", signal: AbortSignal.timeout(${answerLimit}) })
    .then(() => process.exit(0), (error) => { console.log(error.cause?.message ?? error.message); process.exit(1); })`;
  const result = await runInGroup(process.execPath, ["-e", script], { env, signal });
  if (result.code !== 0)
    throw new WayFailed(`${installer} cannot be reached (${result.lastLines.at(-1)?.trim()})`);
}
