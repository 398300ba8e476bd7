/** The whole program on the engine and the simulated clouds. */
import type { Bench, Figure } from "../bench.ts";
import { defaultLoader } from "./default-loader.ts";
import { growth } from "./growth.ts";
import { previewAgainstBare } from "./preview.ts";
import { tour } from "./tour.ts";

/** The tour first: it leaves the world in which the others measure. Growth last: it changes the stack. */
const CASES = [tour, previewAgainstBare, defaultLoader, growth];

export async function pipeline(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measure of CASES) figures.push(...(await measure(bench)));
  return figures;
}
