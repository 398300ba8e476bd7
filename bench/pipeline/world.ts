/** The world that the tour left, running. */
import { join } from "node:path";
import { startWorld, type World } from "../../sandbox/world.ts";
import type { Bench } from "../bench.ts";

/** @param program folder of the program; default: the checkout */
export async function withWorld<T>(
  { root, directory, engine }: Bench,
  work: (world: World) => Promise<T>,
  program = root,
): Promise<T> {
  const world = await startWorld({ directory: join(directory, "world"), program, engine });
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

/** Preview of the unchanged production stack. */
export function previewOf({ env }: World): { args: string[]; env: NodeJS.ProcessEnv } {
  return { args: ["preview", "--expect-no-changes", "--stack", "production"], env };
}
