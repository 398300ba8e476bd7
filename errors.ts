/**
 * A mistake that the user can fix: a wrong setting, a missing program, wrong use of a command.
 * Its message says what is wrong and what to do, in full sentences, and is printed without a stack.
 */
export class UserError extends Error {
  override name = "UserError";

  /**
   * The exit code of the command that fails with this error (see `cli/exit-codes.ts`);
   * the command's ordinary failure code where it is not set.
   */
  readonly exitCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}
