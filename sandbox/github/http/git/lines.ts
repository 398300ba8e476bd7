/** The lines of git's protocol (git-scm.com/docs/protocol-common). */

/** Ends a group of lines. */
export const FLUSH = Buffer.from("0000");

/** A line with its length in front. */
export function line(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
}

/** The lines up to the first flush, and what follows it. */
export function untilFlush(content: Buffer): { lines: Buffer[]; rest: Buffer } {
  const lines: Buffer[] = [];
  let at = 0;
  while (at + 4 <= content.length) {
    const length = Number.parseInt(content.subarray(at, at + 4).toString("latin1"), 16);
    if (!(length >= 4)) return { lines, rest: content.subarray(at + 4) };
    lines.push(content.subarray(at + 4, at + length));
    at += length;
  }
  return { lines, rest: Buffer.alloc(0) };
}

/** Most bytes behind a band's number (gitprotocol-pack, side-band-64k). */
const MOST = 65_515;

/** Content on one of the bands: 1 is for the program, 2 for the person. */
export function band(number: 1 | 2, content: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < content.length; at += MOST)
    parts.push(line(Buffer.concat([Buffer.from([number]), content.subarray(at, at + MOST)])));
  return Buffer.concat(parts);
}
