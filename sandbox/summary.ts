/** What the tour leaves behind, told from the clouds' own memory. */
import type { StepTime } from "./tour.ts";
import type { World } from "./world.ts";

/** What exists now, where to look next, and how long each step took. */
export function describeWorld(_world: World, _directory: string, times: StepTime[]): string {
  const width = Math.max(...times.map(({ title }) => title.length));
  return times
    .map(
      ({ title, milliseconds }) =>
        `${title.padEnd(width)}  ${(milliseconds / 1000).toFixed(1).padStart(6)} s`,
    )
    .join("\n");
}
