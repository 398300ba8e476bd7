/**
 * A mistake that the user can fix: a wrong setting, a missing program, wrong use of a command.
 * Its message says what is wrong and what to do, in full sentences, and is printed without a stack.
 */
export class UserError extends Error {
  override name = "UserError";

  /** The engine's mark of an error whose message is all that its reader needs (`pulumi.RunError`). */
  readonly __pulumiRunError = true;

  /**
   * The exit code of the command that fails with this error (see `cli/exit-codes.ts`);
   * undefined for the ordinary failure code.
   */
  readonly exitCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}

const writeProblems: Record<string, string> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "that disk is read-only",
  ENOTDIR: "a part of that path is a file",
  EEXIST: "a file is in its place",
  ENOENT: "a part of that path cannot be made",
  ENOSPC: "the disk is full",
  EDQUOT: "your disk quota is used up",
};

/** Why a file or folder could not be written, where its owner can change that. */
export function writeProblem(error: unknown): string | undefined {
  return writeProblems[(error as NodeJS.ErrnoException).code ?? ""];
}

/** Somebody stopped the work (Ctrl-C, a CI runner's time-out). */
export class InterruptedError extends Error {
  override name = "InterruptedError";
  readonly signal: NodeJS.Signals;

  /** @param left what is half-made, in a sentence and how to go on; by default everything half-made is removed already */
  constructor(signal: NodeJS.Signals, left?: string) {
    super(
      left === undefined
        ? `Stopped by ${signal}; nothing half-made was left behind.`
        : `Stopped by ${signal}.\n\n${left}`,
    );
    this.signal = signal;
  }
}
