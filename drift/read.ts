import { z } from "zod";
import { UserError } from "../errors.ts";
import { CLASSES, SEVERITIES } from "./classes.ts";
import type { DriftReport } from "./report.ts";

const text = z.string();
const finding = z.looseObject({
  urn: text,
  type: text,
  name: text,
  id: text,
  cloud: text,
  kind: z.enum(["changed", "deleted"]),
  property: text.optional(),
  item: text.optional(),
  replaces: z.boolean(),
  fingerprint: z.string().regex(/^[0-9a-f]{12}$/),
  class: z.enum(CLASSES),
  severity: z.enum(SEVERITIES),
  why: text,
  ways: z.looseObject({ revert: text, adopt: text.optional() }),
});
const report = z.looseObject({
  version: z.literal(1),
  outcome: z.enum(["clean", "drifted", "could-not-check"]),
  stacks: z.array(
    z.looseObject({
      stack: text,
      outcome: z.enum(["clean", "drifted", "could-not-check"]),
      reason: text.optional(),
      objects: z.number(),
      clouds: z
        .array(
          z.looseObject({
            cloud: text,
            outcome: z.enum(["checked", "could-not-check"]),
            reason: text.optional(),
          }),
        )
        .optional(),
      findings: z.array(finding),
      unseen: z.array(z.looseObject({ what: text, reason: text })).optional(),
      revert: text.optional(),
    }),
  ),
});

/**
 * Reads what `kai drift --json` printed.
 * @param file its name, for the message.
 * @throws UserError for anything else.
 */
export function readReport(content: string, file: string): DriftReport {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw new UserError(`${file} is not JSON. Write it with: kai drift --json > ${file}`);
  }
  const read = report.safeParse(value);
  if (read.success) return read.data as unknown as DriftReport;
  const [{ path = [], message = "" } = {}] = read.error.issues;
  throw new UserError(
    `${file} is not a report of \`kai drift --json\` that this version reads (${path.join(".")}: ${message}). Write it anew with the same version of the program.`,
  );
}
