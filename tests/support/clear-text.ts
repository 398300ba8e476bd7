/** Looks for secret values in clear text, however they are written: a leak does not announce itself. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Where a value was found: `name of the secret in name of the text`. */
export type Leak = string;

/** @param secrets name → value @param texts name → content, such as a file's */
export function leaks(secrets: Record<string, string>, texts: Iterable<[name: string, Buffer]>): Leak[] {
  const search = searcher(secrets);
  return [...texts].flatMap(([text, content]) =>
    [...search(content)].map((secret) => `${secret} in ${text}`),
  );
}

/** Every file below a folder, with its path below it, but not those below `except`. */
export function* filesBelow(directory: string, except: string): Iterable<[path: string, content: Buffer]> {
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name).slice(directory.length + 1);
    if (entry.isFile() && !path.startsWith(`${except}/`)) yield [path, readFileSync(join(directory, path))];
  }
}

/** As many texts as secrets have forms would be slow one by one; the first four bytes rule out almost every place. */
function searcher(secrets: Record<string, string>): (content: Buffer) => Set<string> {
  const byStart = new Map<number, { form: Buffer; secret: string }[]>();
  const mayStart = new Uint8Array(1 << 16);
  for (const [secret, value] of Object.entries(secrets)) {
    for (const text of forms(value)) {
      const form = Buffer.from(text);
      const start = form.readUInt32BE(0);
      mayStart[start >>> 16] = 1;
      byStart.set(start, [...(byStart.get(start) ?? []), { form, secret }]);
    }
  }
  return (content) => {
    const found = new Set<string>();
    for (let at = 0; at + 4 <= content.length; at += 1) {
      if (!mayStart[((content[at] as number) << 8) | (content[at + 1] as number)]) continue;
      for (const { form, secret } of byStart.get(content.readUInt32BE(at)) ?? []) {
        if (form.equals(content.subarray(at, at + form.length))) found.add(secret);
      }
    }
    return found;
  };
}

/** As it is, as JSON, as Go's JSON, in an address, and in base64 wherever it lies in the encoded text. */
function forms(value: string): Set<string> {
  const json = JSON.stringify(value).slice(1, -1);
  const goJson = json.replaceAll(/[&<>]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
  const base64 = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    // Without the characters at both ends that hold bits of the neighbours too.
    return bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
  const base64url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return new Set([value, json, goJson, encodeURIComponent(value), ...base64, ...base64url]);
}

/** Notes the command lines of all processes of this machine until it is told to stop; answers them. */
export function watchCommandLines(): () => Promise<Set<string>> {
  const seen = new Set<string>();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const line of commandLines()) seen.add(line);
      await sleep(25);
    }
  })();
  return async () => {
    isOver = true;
    await watching;
    return seen;
  };
}

function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline"))
    return execFileSync("ps", ["-axww", "-o", "args"], { encoding: "utf8" }).split("\n");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((process) => {
      try {
        return readFileSync(`/proc/${process}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}
