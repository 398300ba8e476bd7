import type { MigrationEvent, OnEvent } from "../../database/index.ts";

/** Silence after which people wonder whether anything happens. */
const SLOW_MS = 2_000;

/**
 * Passes events on, and says what runs when nothing was heard of it for two seconds.
 * @param say Receives one line.
 */
export function tellingSlow(
  onEvent: OnEvent,
  say: (line: string) => void,
): { onEvent: OnEvent; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    onEvent(event) {
      onEvent(event);
      clearTimeout(timer);
      const what = running(event);
      if (what) timer = setTimeout(() => say(`${what} runs for more than ${SLOW_MS / 1000} s`), SLOW_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** What runs behind an event, or undefined when nothing does. */
function running(event: MigrationEvent): string | undefined {
  if (event.kind === "file-started")
    return event.mode === "steps" ? `${event.file}: statement 1` : event.file;
  if (event.kind === "progress" && event.applied < event.of) {
    return `${event.file}: statement ${event.applied + 1} of ${event.of}`;
  }
  return undefined;
}
