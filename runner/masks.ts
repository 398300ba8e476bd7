/** What GitHub's runner hides in logs, and what gets past it. */

/**
 * The texts that must not be read. As GitHub's runner does (actions/runner, Runner.Common/HostContext.cs and
 * Runner.Worker/Worker.cs), each line of a value is hidden by itself, and so are its base64, URL, JSON, XML and shell
 * forms. Values are taken out of the text, longest first.
 */
export class Masks {
  readonly #values = new Set<string>();

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.add(secret);
  }

  add(value: string): void {
    if (value.trim() === "") return;
    for (const part of [value, ...value.split(/[\r\n]+/)]) {
      if (part.trim() === "") continue;
      for (const form of formsOf(part)) this.#values.add(form);
    }
  }

  /** The text with every hidden value replaced by `***`. */
  apply(text: string): string {
    let masked = text;
    for (const value of [...this.#values].sort((a, b) => b.length - a.length))
      masked = masked.replaceAll(value, "***");
    return masked;
  }

  hides(text: string): boolean {
    return this.apply(text) !== text;
  }
}

/** The forms that the runner's encoders know. */
function formsOf(value: string): string[] {
  const forms = [
    value,
    ...base64Forms(value),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "''"),
    value.replaceAll('"', '\\"'),
    value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"),
    value.replace(/^"(.*)"$/s, "$1"),
  ];
  return forms.filter((form) => form !== "");
}

/** Base64 of text that contains the value: it begins at one of three places, and the ends depend on what is around. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((shift) => {
    if (bytes.length < shift + 3) return [];
    const whole = bytes.subarray(shift, shift + Math.floor((bytes.length - shift) / 3) * 3);
    return [whole.toString("base64")];
  });
}

/** How a secret stands in a text. */
export interface Leak {
  /** Name of the secret. */
  secret: string;
  form: "as it is" | "base64" | "URL-encoded" | "hexadecimal" | "backwards" | "split";
}

/**
 * Secrets that somebody could read out of a text: as they are, encoded, or with line ends and blanks in between. Looks
 * further than `Masks`, to be asked about text that was not masked.
 * @param secrets names to values; values below 4 characters are left out, they are in every text.
 */
export function leaksIn(text: string, secrets: Record<string, string>): Leak[] {
  const joined = text.replaceAll(/\s+/g, "");
  return Object.entries(secrets).flatMap(([secret, value]) => {
    if (value.length < 4) return [];
    const bare = value.replaceAll(/\s+/g, "");
    const forms: [Leak["form"], boolean][] = [
      ["as it is", text.includes(value)],
      ["base64", base64Forms(value).some((form) => form.length >= 8 && joined.includes(form))],
      ["URL-encoded", encodeURIComponent(value) !== value && joined.includes(encodeURIComponent(value))],
      ["hexadecimal", joined.toLowerCase().includes(Buffer.from(value).toString("hex"))],
      ["backwards", joined.includes([...bare].reverse().join(""))],
      ["split", !text.includes(value) && joined.includes(bare)],
    ];
    return forms.flatMap(([form, isThere]) => (isThere ? [{ secret, form }] : []));
  });
}
