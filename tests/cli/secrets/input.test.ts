/** How a new value is read. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { readSecret } from "../../../cli/secrets/input.ts";

function pipe(text: string): NodeJS.ReadStream {
  return Readable.from([Buffer.from(text)]) as unknown as NodeJS.ReadStream;
}

describe("a new value from a pipe", () => {
  it("is everything but the end of the last line", async () => {
    assert.equal(await readSecret(pipe("a b\nc\n"), ""), "a b\nc");
    assert.equal(await readSecret(pipe("token\r\n"), ""), "token");
  });

  it("is not nothing", async () => {
    await assert.rejects(readSecret(pipe("\n"), ""), /No new value was given/);
  });
});
