/** The tables of what the drift check leaves out. */
import { NOISE } from "../../drift/noise.ts";
import { table } from "./markdown.ts";

export function noiseTable(): string {
  return table(
    ["Left out", "Why"],
    NOISE.map(({ what, reason }) => [what, reason]),
  );
}
