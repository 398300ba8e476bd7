import type { MigrationEvent } from "./events.ts";
import { describeHolder } from "./run/lock.ts";

/** One line for people, or undefined for events that are too small for a log. */
export function describeEvent(event: MigrationEvent): string | undefined {
  switch (event.kind) {
    case "waiting":
      return `Waiting for another migration run: ${describeHolder(event.holder)}`;
    case "file-started":
      return event.mode === "steps" ? `${event.file}: runs statement by statement` : undefined;
    case "progress":
      return `${event.file}: ${event.applied} of ${event.of} statements`;
    case "retry":
      return `${event.file}: ${event.reason}; attempt ${event.attempt + 1} in ${event.afterMs} ms`;
    case "file-applied":
      return `${event.file} applied in ${event.durationMs} ms`;
    case "repaired":
      return `History put right: ${event.message}`;
    case "warning":
      return `Warning: ${event.message}`;
  }
}
