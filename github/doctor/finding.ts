/** What a check of `kai doctor` says. No I/O. */

/**
 * `error`: the pipeline does not work, or will not. `warning`: it works, and not as it seems or not for long. `note`:
 * true and good to know; nothing has to be done. `unchecked`: could not be asked, which is not "fine".
 */
export type Level = "error" | "warning" | "note" | "unchecked";

export interface Finding {
  /** Name of the check, for programs. */
  check: string;
  level: Level;
  /** What is wrong, in a sentence. Text from outside is in it as it is: quote it for where it is shown. */
  message: string;
  /** What mends it: a command, or a sentence that says where to click. */
  remedy?: string;
}

/** A finding before it knows its check. */
export type Found = Omit<Finding, "check">;

export function error(message: string, remedy: string): Found {
  return { level: "error", message, remedy };
}

export function warning(message: string, remedy: string): Found {
  return { level: "warning", message, remedy };
}

export function note(message: string, remedy?: string): Found {
  return { level: "note", message, ...(remedy !== undefined && { remedy }) };
}

export function unchecked(message: string, remedy?: string): Found {
  return { level: "unchecked", message, ...(remedy !== undefined && { remedy }) };
}
