import { folderError, listFolder } from "./listing.ts";
import { readOrder, writeOrder } from "./order-file.ts";
import { doubts, type Entry, entryOf, inSequence } from "./sequence.ts";

/** What `orderMigrations` wrote. */
export interface StatedOrder {
  /** Every file, first one first. */
  order: string[];
  /** The files that were not listed before, and why each stands where it does, if its name does not say it. */
  added: { name: string; reason?: string }[];
  /** Names that were listed and have no file any more. */
  removed: string[];
}

/**
 * States the order of a folder in `migrations.order.json`. What is listed stays where it is; new files come behind it:
 * first those that a database has, in its order, then the others as their names suggest.
 * @param applied Names of the files that a database has, in the order in which they were applied.
 * @throws MigrationError (kind `folder`) when the folder cannot be read, or the file is broken.
 */
export async function orderMigrations(
  directory: string,
  applied: readonly string[] = [],
): Promise<StatedOrder> {
  const { files, problems } = await listFolder(directory);
  if (problems.length > 0) throw folderError(directory, problems);
  const names = new Set(files.map((file) => file.name));
  const listed = readOrder(directory) ?? [];
  const kept = new Set(listed.filter((name) => names.has(name)));
  const known = applied.filter((name) => names.has(name) && !kept.has(name));
  const placed = new Set([...kept, ...known]);
  const sorted = inSequence([...names].map(entryOf));
  const added = [
    ...known.map((name) => ({ name, reason: "applied at this place in the database" })),
    ...withReasons(
      sorted.filter(({ name }) => !placed.has(name)),
      sorted,
    ),
  ];
  const order = [...kept, ...added.map(({ name }) => name)];
  writeOrder(directory, order);
  return { order, added, removed: listed.filter((name) => !names.has(name)) };
}

function withReasons(rest: readonly Entry[], all: readonly Entry[]): StatedOrder["added"] {
  const reasons = doubts(all);
  return rest.map(({ name }) => {
    const reason = reasons.get(name);
    return { name, ...(reason ? { reason } : {}) };
  });
}
