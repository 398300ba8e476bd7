/** The whole tour against the sum of its engine runs: what the sandbox itself adds. */
import { join } from "node:path";
import { runTour } from "../../sandbox/tour.ts";
import { startWorld } from "../../sandbox/world.ts";
import type { Bench, Figure } from "../bench.ts";

export async function tour({ root, directory, engine, progress }: Bench): Promise<Figure[]> {
  const start = performance.now();
  const folder = join(directory, "world");
  const world = await startWorld({ directory: folder, program: root, engine });
  const steps = await runTour({ world, directory: folder, progress });
  await world.stop();
  const whole = performance.now() - start;
  const engineRuns = steps
    .filter(({ isEngineRun }) => isEngineRun)
    .reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return [{ name: "whole tour / its engine runs", ratio: whole / engineRuns, limit: 1.25 }];
}
