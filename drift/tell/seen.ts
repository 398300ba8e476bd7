/** What an issue remembers of earlier checks, hidden in its own text. No I/O. */
import type { ReportedStack } from "../report.ts";

/** Findings by fingerprint, with the day (`2026-11-25`, UTC) on which each was first seen. */
export type FirstSeen = ReadonlyMap<string, string>;

/** The form of the hidden document. Another number is not understood, and nothing is remembered then. */
const VERSION = 1;

/** Findings that are remembered, the worst first: an issue holds 65,536 characters, and the table needs most of them. */
const MOST = 1500;

/** Since when each finding is there, as far as an issue remembers. @param today as `2026-11-25` */
export function firstSeen({ findings }: ReportedStack, known: FirstSeen, today: string): FirstSeen {
  return new Map(findings.map(({ fingerprint }) => [fingerprint, known.get(fingerprint) ?? today]));
}

/** The part of an issue's text that belongs to the program: people may write before and behind it. */
export function block(stack: string, text: string, seen: FirstSeen): string {
  const byDay = Map.groupBy([...seen].slice(0, MOST), ([, day]) => day);
  const days = Object.fromEntries(
    [...byDay].map(([day, all]) => [day, all.map(([fingerprint]) => fingerprint)]),
  );
  const { start, end } = marks(stack);
  return `${start}\n${text}\n\n${end}${JSON.stringify({ version: VERSION, days })} -->`;
}

/** Whether a finding would be remembered: what never is cannot be new each day. */
export function isRemembered(index: number): boolean {
  return index < MOST;
}

/** An issue's text, taken apart. */
export interface Taken {
  before: string;
  /** The program's own, for readers. */
  text: string;
  after: string;
  known: FirstSeen;
}

/**
 * Takes the program's part out of an issue's text.
 * @returns undefined where the text has no such part of this stack, or where somebody cut into it
 */
export function takeApart(stack: string, body: string): Taken | undefined {
  const { start, end } = marks(stack);
  const from = lineWith(body, start);
  const state = lineWith(body, end, from);
  const to = body.indexOf("-->", state);
  if (from < 0 || state < 0 || to < 0) return undefined;
  const known = parse(body.slice(state + end.length, to));
  return {
    before: body.slice(0, from),
    text: body.slice(from + start.length, state).trim(),
    after: body.slice(to + "-->".length),
    known,
  };
}

/** Whether an issue's text says that it is about this stack, even if the rest of it was cut. */
export function isMarked(stack: string, body: string): boolean {
  return lineWith(body, marks(stack).start) >= 0;
}

/** Where a line begins with a mark: text from outside, which could hold one, is always within a line. */
function lineWith(body: string, mark: string, from = 0): number {
  return `\n${body}`.indexOf(`\n${mark}`, from);
}

/** Comments of HTML, which no reader sees. A stack's name may hold anything. */
function marks(stack: string): { start: string; end: string } {
  const name = encodeURIComponent(stack);
  return {
    start: `<!-- kai drift of ${name}: written anew by each check, down to the next comment -->`,
    end: `<!-- kai drift of ${name}, seen: `,
  };
}

function parse(text: string): FirstSeen {
  const known = new Map<string, string>();
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    return known;
  }
  const { version, days } = (state ?? {}) as { version?: unknown; days?: unknown };
  if (version !== VERSION || typeof days !== "object" || days === null) return known;
  for (const [day, fingerprints] of Object.entries(days)) {
    if (!/^\d{4}-\d\d-\d\d$/.test(day) || !Array.isArray(fingerprints)) continue;
    for (const one of fingerprints) if (typeof one === "string") known.set(one, day);
  }
  return known;
}
