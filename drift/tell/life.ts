/** What happens to a stack's issue after a check. No I/O. */
import { code } from "../../preview/markdown.ts";
import type { Finding } from "../findings.ts";
import type { ReportedStack } from "../report.ts";
import { countOf, findingLine, findingsMarkdown, LONGEST } from "./markdown.ts";
import { block, type FirstSeen, firstSeen, isRemembered, type Taken, takeApart } from "./seen.ts";

/** By this label people find the issues, and so does the program, at once. */
export const LABEL = "drift";

/** An issue as it is. */
export interface Present {
  number: number;
  isOpen: boolean;
  body: string;
  labels: string[];
}

/** What to do about it. Nothing of it is left out where it would change nothing. */
export interface Step {
  /** What people are told was done. */
  done: "opened" | "reopened" | "updated" | "closed" | "left as it is";
  /** Whether the state changed: drift is new, or gone. What is only written anew is no news. */
  changed: boolean;
  /** Said below the issue, before anything else is written: better twice than never. */
  comment?: string;
  /** What the issue gets; all of it where there was none. */
  write?: { body?: string; labels?: string[]; state?: "open" | "closed" };
}

const NOTHING: Step = { done: "left as it is", changed: false };

export function titleOf(stack: string): string {
  return `Drift in ${stack}`;
}

/**
 * What a check means for the stack's issue. A check that did not get to its end proves nothing gone, so an issue that
 * is open keeps its text; what it had found is certain, so it is said there, and an issue is opened where none is.
 * @param today as `2026-11-25`, UTC
 */
export function nextStep(report: ReportedStack, present: Present | undefined, today: string): Step {
  if (report.findings.length === 0) {
    return report.outcome === "clean" && present?.isOpen ? close(report, present, today) : NOTHING;
  }
  const taken = present && takeApart(report.stack, present.body);
  if (report.outcome === "could-not-check" && present?.isOpen && taken) return addNews(report, taken, today);
  const known = taken?.known ?? new Map<string, string>();
  const seen = firstSeen(report, known, today);
  const room = LONGEST.issue - (taken ? taken.before.length + taken.after.length : 0);
  const text = (fits: number) =>
    `${introduction(report, today)}\n\n${findingsMarkdown(report, {
      room: fits,
      measure: ({ length }) => length,
      seen,
      rest: "the artifact of the newest run of the workflow has them all.",
    })}`;
  const frame = block(report.stack, introduction(report, today), seen).length;
  const body = surround(taken, block(report.stack, text(room - frame - 10), seen));
  if (!present) return { done: "opened", changed: true, write: { body, labels: [LABEL] } };
  return changeOf(present, body, newsOf(report, known), report);
}

function newsOf({ findings }: ReportedStack, known: FirstSeen): Finding[] {
  return findings.filter(({ fingerprint }, index) => !known.has(fingerprint) && isRemembered(index));
}

/** After a check that broke off: what it found for the first time is said and remembered, and the text stays. */
function addNews(report: ReportedStack, { before, text, after, known }: Taken, today: string): Step {
  const news = newsOf(report, known);
  if (news.length === 0) return NOTHING;
  const seen = new Map([...known, ...news.map(({ fingerprint }) => [fingerprint, today] as const)]);
  const room = LONGEST.issue - before.length - after.length - block(report.stack, "", seen).length;
  // Whole lines alone: half of one could end the code that its values stand in.
  const kept = text.length > room ? text.slice(0, Math.max(0, text.lastIndexOf("\n", room))) : text;
  return {
    done: "updated",
    changed: true,
    comment: listed("New, in a check that could not get to its end", news),
    write: { body: `${before}${block(report.stack, kept, seen)}${after}` },
  };
}

function changeOf(present: Present, body: string, news: Finding[], report: ReportedStack): Step {
  const write = {
    ...(body !== present.body && { body }),
    ...(!present.labels.includes(LABEL) && { labels: [...present.labels, LABEL] }),
    ...(!present.isOpen && { state: "open" as const }),
  };
  if (!present.isOpen) {
    const why = news.length > 0 ? listed("Drift is back", news) : `Still there: ${countOf(report.findings)}.`;
    return { done: "reopened", changed: true, comment: why, write };
  }
  if (Object.keys(write).length === 0) return NOTHING;
  const isNews = news.length > 0;
  return { done: "updated", changed: isNews, write, ...(isNews && { comment: listed("New", news) }) };
}

/** Most findings that a comment names. */
const NAMED = 20;

function listed(title: string, findings: readonly Finding[]): string {
  const more = findings.length - NAMED;
  return [
    `${title}: ${countOf(findings)}.`,
    "",
    ...findings.slice(0, NAMED).map(findingLine),
    ...(more > 0 ? [`- and ${more} more, in the issue's text`] : []),
  ].join("\n");
}

function close(report: ReportedStack, present: Present, today: string): Step {
  const text = `${code(report.stack)} is as the last \`pulumi up\` left it. Last checked on ${today}. This issue is opened again when somebody changes something by hand.`;
  const body = surround(takeApart(report.stack, present.body), block(report.stack, text, new Map()));
  return {
    done: "closed",
    changed: true,
    comment: `Clean again: ${code(report.stack)} is as the last \`pulumi up\` left it.`,
    write: { body, state: "closed" },
  };
}

function introduction({ stack, findings }: ReportedStack, today: string): string {
  return [
    `Somebody changed by hand what the pipeline's program describes in ${code(stack)}: ${countOf(findings)}. Last seen on ${today}.`,
    "",
    "The check keeps this text up to date, says below what is new, and closes the issue when nothing is left. Closing it by hand mutes nothing: the next check opens it again.",
  ].join("\n");
}

/** The text of people stays around the program's own. One that cut into that gets the whole anew. */
function surround(taken: { before: string; after: string } | undefined, own: string): string {
  return taken ? `${taken.before}${own}${taken.after}` : own;
}
