/** IPv4 ranges in CIDR notation. */
import { CloudError } from "../provider/declaration.ts";

function bounds(range: string): [number, number] {
  const [address = "", prefix = ""] = range.split("/");
  const parts = address.split(".").map(Number);
  const isRange =
    parts.length === 4 && parts.every((part) => part >= 0 && part <= 255) && /^\d+$/.test(prefix);
  if (!isRange) throw new CloudError(422, `invalid_request: not a range in CIDR notation: ${range}`);
  const size = 2 ** (32 - Number(prefix));
  const value = parts.reduce((sum, part) => sum * 256 + part, 0);
  const first = Math.floor(value / size) * size;
  return [first, first + size - 1];
}

export function prefixOf(range: string): number {
  return Number(range.split("/")[1]);
}

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [bounds(one), bounds(other)];
  return a[0] <= b[1] && b[0] <= a[1];
}

/** RFC 1918. */
export function isPrivate(range: string): boolean {
  return ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].some((whole) => {
    const [outer, inner] = [bounds(whole), bounds(range)];
    return outer[0] <= inner[0] && inner[1] <= outer[1];
  });
}
