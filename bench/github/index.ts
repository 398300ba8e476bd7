/** Requests to GitHub, counted, and every call to it disturbed. */
import type { Bench, Figure } from "../bench.ts";
import { commands } from "./commands.ts";
import { faults } from "./faults.ts";

const CASES = [commands, faults];

export async function github(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measure of CASES) figures.push(...(await measure(bench)));
  return figures;
}
