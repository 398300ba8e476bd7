/** What an adoption does, for people. No I/O. */
import { isDeepStrictEqual } from "node:util";
import type { ClassicRemoval } from "./classic.ts";
import type { Loss } from "./demands.ts";
import type { Edit } from "./fit.ts";
import type { Change, PropertyChange } from "./objects.ts";
import type { AdoptionPlan, StackPlan } from "./plan.ts";

/** Marks up a heading, or leaves it as it is. */
export type Paint = (style: "bold" | "yellow" | "red", text: string) => string;

/** A change of the configuration, in the file that says it. */
export interface FileEdit extends Omit<Edit, "stack"> {
  /** `Pulumi.yaml`, or a stack's own. */
  file: string;
}

/** The plan with what is written into the project's files. */
export interface AdoptionReport extends AdoptionPlan {
  configuration: FileEdit[];
  /** Entries of `kai:adopt` that a stack's state holds by now, by stack. */
  settled: Record<string, string[]>;
  /** Classic rules that stand where the pipeline's rulesets are to stand alone. */
  classicRules: string[];
  /** The files that were written; empty where they were only shown. */
  written: string[];
}

/** Whether there is anything left to do. */
export function isAdopted({ stacks, configuration, settled }: AdoptionReport): boolean {
  return (
    configuration.length === 0 &&
    Object.values(settled).every((names) => names.length === 0) &&
    stacks.every(({ changes, imports }) => changes.length === 0 && Object.keys(imports).length === 0)
  );
}

/** The report, line by line. */
export function describeAdoption(report: AdoptionReport, paint: Paint): string {
  const { repository, problems, losses, notes, classicRules } = report;
  const body = isAdopted(report)
    ? [`${printable(repository)} is as the configuration says: there is nothing to adopt.`]
    : [
        ...section(paint, "bold", `In the configuration, before ${repository} is adopted`, [
          ...report.configuration.map(describeEdit),
          ...Object.entries(report.settled).flatMap(([stack, names]) =>
            names.map((name) => `Pulumi.${stack}.yaml: kai:adopt.${name} is not needed any more`),
          ),
        ]),
        ...report.stacks.flatMap((stack) => describeStack(stack, paint)),
        ...section(paint, "bold", "No up touches", summary(report.kept)),
      ];
  return [
    ...body,
    ...section(
      paint,
      "red",
      "In the way",
      problems.flatMap((problem) => problem.split("\n")),
    ),
    ...section(paint, "yellow", "Weaker than now", losses.map(describeLoss)),
    ...section(paint, "bold", "Worth knowing", notes),
    ...(classicRules.length > 0
      ? section(paint, "bold", "Classic rules", [
          `${classicRules.join(", ")}: ${classicRules.length === 1 ? "it stays" : "they stay"} beside the rulesets, and the stricter of both wins. After the up, \`kai adopt --remove-classic\` says what can go.`,
        ])
      : []),
  ]
    .join("\n")
    .trimStart();
}

/** What becomes of the classic rules. */
export function describeRemovals(removals: readonly ClassicRemoval[], removed: readonly string[]): string {
  if (removals.length === 0) return "There are no classic rules.";
  return removals
    .flatMap(({ rule, losses, obstacle }) => {
      const name = `classic rule ${rule.pattern}`;
      const isRemoved = removed.includes(rule.pattern);
      const lost = losses.map((loss) => `  ${describeLoss(loss)}`);
      if (isRemoved && lost.length > 0) return [`${name}: removed, and with it`, ...lost];
      if (isRemoved) return [`${name}: removed; the rulesets demand what it did`];
      if (obstacle) return [`${name}: stays, since ${obstacle}`];
      if (lost.length === 0) return [`${name}: can go; the rulesets demand all that it does`];
      return [`${name}: stays, since this would be lost with it`, ...lost];
    })
    .map(printable)
    .join("\n");
}

function section(
  paint: Paint,
  style: Parameters<Paint>[0],
  title: string,
  lines: readonly string[],
): string[] {
  return lines.length === 0
    ? []
    : ["", paint(style, printable(title)), ...lines.map((line) => `  ${printable(line)}`)];
}

function describeEdit({ file, section: name, field, from, to }: FileEdit): string {
  return `${file}: kai:${name}.${field}  ${from === undefined ? "" : `${text(from)} → `}${text(to)}`;
}

function describeStack({ stack, changes, imports }: StackPlan, paint: Paint): string[] {
  const entries = Object.entries(imports).map(([name, id]) => `takes over ${name} (${id})`);
  return section(paint, "bold", `pulumi up --stack ${stack}`, [...entries, ...changeLines(changes)]);
}

const VERBS: Record<Change["action"], string> = {
  create: "creates",
  change: "changes",
  overwrite: "overwrites",
  remove: "removes",
};

/** New secrets of one place are a line. */
function changeLines(changes: readonly Change[]): string[] {
  const secrets = new Map<string, string[]>();
  const lines: string[] = [];
  for (const { action, object, properties } of changes) {
    const [, name, where = ""] = /^secret (\w+)( of .*)?$/.exec(object) ?? [];
    if (name !== undefined && action === "create") {
      secrets.set(where, [...(secrets.get(where) ?? []), name]);
      continue;
    }
    lines.push(`${VERBS[action]} ${object}`);
    lines.push(...properties.flatMap((one) => describeProperty(one, action)).map((line) => `  ${line}`));
  }
  return [...lines, ...[...secrets].map(([where, names]) => `creates secrets${where}: ${names.join(", ")}`)];
}

/** Of what is new, only what it says. */
function describeProperty({ property, from, to }: PropertyChange, action: Change["action"]): string[] {
  if (action === "change") return [`${property}: ${text(from)} → ${text(to)}`];
  const value = to ?? from;
  if (!value || (Array.isArray(value) && value.length === 0)) return [];
  return [isDeepStrictEqual(value, {}) ? property : `${property}: ${text(value)}`];
}

function describeLoss({ object, what }: Loss): string {
  return `${object}: ${what}`;
}

/** Names of what there are few of, numbers of the rest. */
function summary(kept: readonly string[]): string[] {
  const few = kept.filter((object) => !/^(branch|person|workflow file|settings|repository) /.test(object));
  const count = (kind: string, one: string, many: string) => {
    const number = kept.filter((object) => object.startsWith(kind)).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counted = [
    ...count("branch ", "branch", "branches"),
    ...count("person ", "person with access", "people with access"),
    ...count("workflow file ", "workflow file", "workflow files"),
  ];
  return [...few, ...(counted.length > 0 ? [counted.join(", ")] : [])];
}

const LONGEST = 100;

function text(value: unknown): string {
  if (value === undefined) return "none";
  const shown = typeof value === "string" ? value || '""' : JSON.stringify(value);
  return shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
}

/** Names and texts on GitHub are anybody's: what would steer a terminal is shown by its number. */
function printable(line: string): string {
  return line.replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
