/**
 * What the exit code of every `kai` command means. Where the engine has a code for the same meaning,
 * it is the engine's (`pulumi` exits with 7 when it finds changes that nobody expected).
 */
export const exitCodes = {
  /** Done, or nothing to do. */
  ok: 0,
  /** Something failed; the message says what. */
  failure: 1,
  /** The command was used wrongly: an unknown command, option or argument. */
  usage: 2,
  /** A cloud or the database could not be asked, and no drift was found elsewhere; this is not "clean". */
  couldNotCheck: 3,
  /** Something should be mended: `kai doctor`; or SQL files that work could do harm: `kai migrate lint`. */
  findings: 4,
  /** The answer is no: a rule forbids it (`kai can`), or a condition does not hold (`kai promote`). */
  refused: 5,
  /** Drift: somebody changed by hand what the program describes. Counts before `couldNotCheck`: it is certain. */
  drift: 7,
  /** Stopped by Ctrl-C (128 + SIGINT, as shells have it). */
  interrupted: 130,
} as const;

/** The table that `kai --help` shows. */
export const exitCodeHelp = `Exit codes:
  ${exitCodes.ok}    done, or nothing to do
  ${exitCodes.failure}    something failed; the message says what
  ${exitCodes.usage}    wrong use: an unknown command, option or argument
  ${exitCodes.couldNotCheck}    could not check: a cloud or the database did not answer
  ${exitCodes.findings}    something should be mended, or SQL files could do harm
  ${exitCodes.refused}    no: a rule of GitHub forbids it, or a condition does not hold
  ${exitCodes.drift}    drift: somebody changed by hand what the program describes
  ${exitCodes.interrupted}  stopped by Ctrl-C`;
