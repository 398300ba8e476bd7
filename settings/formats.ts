/**
 * What the clouds accept as a name, an address range, a quantity. Pure predicates; each rule names its source.
 */

/** An RFC 1035 label: what Kubernetes asks of a Service, and accepts for every other object we name. */
export function isDnsLabel(text: string): boolean {
  return /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

/** A host name such as `api.example.com`: two labels or more, none longer than 63, 253 in all. */
export function isDomainName(text: string): boolean {
  return (
    text.length <= 253 && /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])$/.test(text)
  );
}

/** A name that a shell and Kubernetes accept for an environment variable. */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** A GitHub login: letters, digits and single dashes, at most 39 characters. */
export function isLogin(text: string): boolean {
  return /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i.test(text);
}

/** A GitHub repository name: at most 100 of these characters, not `.` or `..`, not ending in `.git`. */
export function isRepositoryName(text: string): boolean {
  return /^[\w.-]{1,100}$/.test(text) && !/^\.{1,2}$/.test(text) && !/\.git$/i.test(text);
}

/** A branch name that git accepts (`git check-ref-format`), written without `refs/heads/`. */
export function isBranchName(text: string): boolean {
  if (text === "" || text === "@" || text === "HEAD" || text.startsWith("-") || text.endsWith("."))
    return false;
  if (text.startsWith("refs/") || text.includes("..") || text.includes("@{")) return false;
  // Git refuses these everywhere in a ref: control characters, space, and the characters of its own revision syntax.
  for (const character of text) {
    if (character <= " " || character === "\u007f" || "~^:?*[\\".includes(character)) return false;
  }
  return text.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));
}

/** A Kubernetes label key or taint key: an optional DNS prefix and a name of at most 63 characters. */
export function isLabelKey(text: string): boolean {
  const [name, prefix, ...rest] = text.split("/").reverse();
  if (rest.length > 0 || name === undefined || !isLabelName(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(prefix));
}

/** A Kubernetes label value: empty, or at most 63 characters that begin and end with a letter or digit. */
export function isLabelValue(text: string): boolean {
  return text === "" || isLabelName(text);
}

function isLabelName(text: string): boolean {
  return /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text);
}

/** An absolute path of a URL, as a probe or a route has it: no scheme, host, query, space or `..`. */
export function isUrlPath(text: string): boolean {
  return /^\/[\w\-./~%!$&'()*+,;=:@]*$/.test(text) && !text.includes("..");
}

/** A folder inside the repository, written relative to its root: no `..`, no leading slash, no backslash. */
export function isRelativeDirectory(text: string): boolean {
  return /^[\w.@-][\w.@/ -]*$/.test(text) && !text.split("/").some((part) => part === ".." || part === "");
}

/** Like `isRelativeDirectory`, and `..` at the beginning may lead out of the folder it is relative to. */
export function isDirectoryFromHere(text: string): boolean {
  return isRelativeDirectory(text.replace(/^(?:\.\.\/)+/, ""));
}

/** A container image without tag and digest, with or without a path: `kai-api-server`, `team/kai-api-server`. */
export function isImageName(text: string): boolean {
  return /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/.test(text);
}

/** A whole image reference: host, path, and a tag or digest if any. */
export function isImageReference(text: string): boolean {
  return /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$/.test(text);
}

/** The host of a container registry, with a port if any: `ghcr.io`, `docker.io`, `localhost:5000`. */
export function isRegistryServer(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?$/.test(text);
}

/** An unquoted SQL identifier of at most 63 bytes (PostgreSQL cuts longer ones without a word). */
export function isSqlIdentifier(text: string): boolean {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(text);
}

/** The role an OIDC provider's ARN names, in any partition. */
export function isOidcProviderArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w./-]+$/.test(text);
}

const QUANTITY_SUFFIXES: Record<string, number> = {
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** The number that a Kubernetes quantity stands for (`250m` is 0.25, `1Gi` is 1073741824), undefined if it is none. */
export function quantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text);
  const factor = match ? QUANTITY_SUFFIXES[match[2] ?? ""] : undefined;
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

/** A cpu quantity above zero: cores (`2`, `0.5`) or thousandths (`250m`). */
export function isCpu(text: string): boolean {
  return /^\d+(\.\d{1,3})?$|^\d+m$/.test(text) && (quantity(text) ?? 0) > 0;
}

/** A memory quantity above zero in bytes or with a unit. `m` is refused: it would mean thousandths of a byte. */
export function isMemory(text: string): boolean {
  return !text.endsWith("m") && (quantity(text) ?? 0) > 0;
}

/** An IPv4 range as two numbers, and whether the address is the first of its range. */
export interface Range {
  first: number;
  last: number;
  prefix: number;
  aligned: boolean;
}

/** Reads `10.10.0.0/20`; undefined when it is not an IPv4 range in this notation. */
export function parseRange(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a, b, c, d, prefix] = match.slice(1).map(Number) as [number, number, number, number, number];
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const size = 2 ** (32 - prefix);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefix, aligned: first === address };
}

/** RFC 1918: the ranges that are never routed on the internet. */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(
  (text) => parseRange(text) as Range,
);

/** Whether a range lies wholly inside private address space. */
export function isPrivateRange(range: Range): boolean {
  return PRIVATE_RANGES.some((whole) => whole.first <= range.first && range.last <= whole.last);
}

/** Whether two ranges share an address. */
export function overlaps(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}
