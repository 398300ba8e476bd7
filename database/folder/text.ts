import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { MigrationError } from "../errors.ts";

/** PostgreSQL's parser runs in 32-bit memory and takes about 8 bytes for each byte of SQL. */
const LARGEST_MB = 64;

/** SHA-256 in hex, neutral to line ends and byte order mark. */
export function checksumOf(text: string): string {
  return createHash("sha256").update(normalise(text)).digest("hex");
}

/**
 * Reads a file as the text that runs: no byte order mark, line ends as LF.
 * @param name What messages call the file.
 * @throws MigrationError (kind `folder`) when it cannot be read, is not UTF-8, holds a zero byte or is too large.
 */
export function readText(file: string, name: string): string {
  try {
    refuseLarge(statSync(file).size, name);
    return normalise(decode(readFileSync(file), name));
  } catch (error) {
    if (error instanceof MigrationError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const what =
      code === "EACCES"
        ? "cannot be read: you have no right to. Change its permissions"
        : `cannot be read (${code})`;
    throw new MigrationError("folder", `${name} ${what}.`, { file: name }, { cause: error });
  }
}

/** CRLF, and the CR alone of files that a converter broke. Function bodies are then the same from every checkout. */
function normalise(text: string): string {
  return text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
}

function refuseLarge(bytes: number, name: string): void {
  const megabytes = Math.round(bytes / 2 ** 20);
  if (megabytes <= LARGEST_MB) return;
  throw new MigrationError(
    "folder",
    `${name} has ${megabytes} MB; a file may have ${LARGEST_MB}. Split it, or load the data outside of the migrations.`,
    { file: name },
  );
}

/** A lenient decoder would store U+FFFD in the database without a word. */
function decode(bytes: Buffer, name: string): string {
  const wide = wideEncoding(bytes);
  if (wide) {
    throw new MigrationError(
      "folder",
      `${name} is ${wide} (Notepad's "Unicode", or \`>\` in Windows PowerShell). Save the file as UTF-8.`,
      { file: name, line: 1 },
    );
  }
  const text = strictly(bytes, name);
  const zero = text.indexOf("\0");
  if (zero < 0) return text;
  const line = normalise(text.slice(0, zero)).split("\n").length;
  throw new MigrationError("folder", `${name}:${line} holds a zero byte, which no SQL text can. Remove it.`, {
    file: name,
    line,
  });
}

function strictly(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const line = firstInvalidLine(bytes);
    const text = `${name}:${line} is not UTF-8. Save the file as UTF-8.`;
    throw new MigrationError("folder", text, { file: name, line });
  }
}

/** By the byte order mark, or by the zero bytes that ASCII has in it. */
function wideEncoding(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 4).toString("hex");
  if (start === "fffe0000" || start === "0000feff") return "UTF-32";
  if (/^(fffe|feff)/.test(start)) return "UTF-16";
  return isEveryOtherZero(bytes) ? "UTF-16" : undefined;
}

const SAMPLE = 256;

function isEveryOtherZero(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  const zeros = [0, 1].map((offset) => sample.filter((byte, at) => at % 2 === offset && byte === 0).length);
  return sample.length >= 4 && Math.max(...zeros) > sample.length * 0.4 && Math.min(...zeros) === 0;
}

function firstInvalidLine(bytes: Buffer): number {
  let line = 1;
  let start = 0;
  // 0x0a never occurs inside a UTF-8 sequence, so every line can be decoded on its own.
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end < 0 ? bytes.length : end + 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    line++;
    start = stop;
  }
  return line;
}
