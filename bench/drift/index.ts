/** The drift check against the refreshes that it contains, and how its own work grows. */
import type { Bench, Figure } from "../bench.ts";
import { growth } from "./growth.ts";
import { againstRefreshes } from "./refreshes.ts";

const CASES = [growth, againstRefreshes];

export async function drift(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const measure of CASES) figures.push(...(await measure(bench)));
  return figures;
}
