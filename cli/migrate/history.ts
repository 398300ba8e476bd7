import type { Command } from "commander";
import { type TrailEntry, trail } from "../../database/index.ts";
import { maskSecrets } from "../../database/sql/positions.ts";
import { couldNotCheck, heading, print, reporting, targetOf, withDatabase } from "./options.ts";

export function addHistory(command: Command): void {
  withDatabase(
    command.command("history"),
    "show what happened to the database, failures too, the newest last",
  ).action(
    reporting(async (options) => {
      const entries = (await couldNotCheck(trail(targetOf(options)))).map((entry) => ({
        ...entry,
        ...(entry.detail ? { detail: maskSecrets(entry.detail) } : {}),
      }));
      const text = entries.length === 0 ? "Nothing yet." : entries.map(describeEntry).join("\n");
      print(options, entries, `${heading(options)}\n${text}`);
    }),
  );
}

function describeEntry(entry: TrailEntry): string {
  const when = entry.at.toISOString().replace(/\.\d+Z$/, "Z");
  const took = entry.durationMs === undefined ? "" : `, ${entry.durationMs} ms`;
  const title = `${when}  ${entry.event.padEnd(8)}  ${entry.name}  by ${entry.by}, kai ${entry.toolVersion}${took}`;
  return entry.detail ? `${title}\n    ${entry.detail.replaceAll("\n", "\n    ")}` : title;
}
