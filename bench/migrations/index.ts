/** The migration engine, alone: speed beside psql and others, and what a run costs the applications. */
import type { Bench, Figure } from "../bench.ts";
import { lockAfterKill, memory, worstRead } from "./behaviour.ts";
import { startDurableServer } from "./server.ts";
import { nothingToDo, onThisMachine, overNetwork } from "./speed.ts";

const CASES = [overNetwork, onThisMachine, nothingToDo, worstRead, lockAfterKill, memory];

export async function migrations(bench: Bench): Promise<Figure[]> {
  const server = await bench.progress.step("Start a PostgreSQL server", () => startDurableServer());
  try {
    const figures: Figure[] = [];
    for (const measure of CASES) figures.push(...(await measure(bench, server)));
    return figures;
  } finally {
    await server.stop();
  }
}
