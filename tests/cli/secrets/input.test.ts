/** How a new value is read. */
import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { readSecret } from "../../../cli/secrets/input.ts";
import { InterruptedError } from "../../../errors.ts";

const NEVER = new AbortController().signal;

function pipe(text: string): NodeJS.ReadStream {
  return Readable.from([Buffer.from(text)]) as unknown as NodeJS.ReadStream;
}

/** A terminal on which somebody types; what is shown is kept. */
function terminal(t: TestContext) {
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys });
  let shown = "";
  t.mock.method(process.stderr, "write", (text: string) => {
    shown += text;
    return true;
  });
  return { keys, input: keys as unknown as NodeJS.ReadStream, shown: () => shown };
}

describe("a new value from a pipe", () => {
  it("is everything but the end of the last line", async () => {
    assert.equal(await readSecret(pipe("a b\nc\n"), "", NEVER), "a b\nc");
    assert.equal(await readSecret(pipe("token\r\n"), "", NEVER), "token");
  });

  it("is not nothing, and not spaces alone", async () => {
    await assert.rejects(readSecret(pipe("\n"), "", NEVER), /No new value was given/);
    await assert.rejects(readSecret(pipe("  \n\n"), "", NEVER), /No new value was given/);
  });

  it("is not the half that had come when somebody stopped the command", async () => {
    const stop = new AbortController();
    const half = new PassThrough();
    half.write("half of a to");
    const value = readSecret(half as unknown as NodeJS.ReadStream, "", stop.signal);
    stop.abort(new InterruptedError("SIGINT"));
    await assert.rejects(value, /^InterruptedError: Stopped by SIGINT/);
  });
});

describe("a new value on a terminal", () => {
  it("is asked for and not shown", async (t) => {
    const { keys, input, shown } = terminal(t);
    const value = readSecret(input, "New value: ", NEVER);
    keys.write("s3cret\r");
    assert.equal(await value, "s3cret");
    assert.equal(shown(), "New value: \n");
  });

  it("is none where the input ends", async (t) => {
    const { keys, input } = terminal(t);
    const value = readSecret(input, "", NEVER);
    keys.end();
    await assert.rejects(value, /No new value was given/);
  });

  it("is waited for until somebody stops the command", async (t) => {
    const { input } = terminal(t);
    const stop = new AbortController();
    const value = readSecret(input, "", stop.signal);
    stop.abort(new InterruptedError("SIGINT"));
    await assert.rejects(value, /^InterruptedError: Stopped by SIGINT/);
  });
});
