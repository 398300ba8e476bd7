/** A drift report as one file of HTML that needs nothing else, for any browser and without a network. No I/O. */
import { createHash } from "node:crypto";
import type { Settings } from "../../settings.ts";
import { CLASSES, SEVERITIES } from "../classes.ts";
import { unchecked } from "../clouds.ts";
import type { Finding } from "../findings.ts";
import { secretText } from "../properties.ts";
import type { DriftReport, ReportedStack } from "../report.ts";
import { textDifferences } from "../texts.ts";
import { stackFile } from "../ways.ts";
import { type Html, html, render, styleSheet } from "./html.ts";
import { CLOUDS, drawing, type Places } from "./picture.ts";
import { STYLE } from "./style.ts";

/** Nothing is loaded and nothing runs: the page has one style sheet, by its digest, and no script. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const OUTCOMES = { clean: "clean", drifted: "drifted", "could-not-check": "could not check" } as const;

/**
 * The whole page.
 * @param stacks the settings of the project, for the picture; a stack that is not among them has none
 */
export function driftPage(report: DriftReport, stacks: readonly Settings[]): string {
  const title = `Drift: ${report.stacks.map(({ stack }) => stack).join(", ")}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${styleSheet(STYLE)}</style>
</head>
<body>
<a class="skip" href="#found">Skip to what was found</a>
<header>
<h1>${title}</h1>
<p class="dim">What somebody changed by hand since the last <code>pulumi up</code>. Made by <code>kai drift</code>.</p>
</header>
<main id="found" tabindex="-1">
${filters(report.stacks.flatMap(({ findings }) => findings))}
${report.stacks.map((stack, index) =>
  stackSection(
    stack,
    index,
    stacks.find((one) => one.stack === stack.stack.split("/").at(-1)),
  ),
)}
</main>
</body>
</html>
`;
  return render(page);
}

/** Boxes to tick, one for each severity and class that is there. */
function filters(findings: readonly Finding[]): Html {
  if (findings.length === 0) return html``;
  const boxes = (legend: string, names: readonly string[], of: (finding: Finding) => string) => {
    const there = names.filter((name) => findings.some((finding) => of(finding) === name));
    return html`<fieldset class="filter"><legend>${legend}</legend>${there.map((name) => {
      const count = findings.filter((finding) => of(finding) === name).length;
      return html`<label><input type="checkbox" id="show-${name}" checked autocomplete="off"> ${name} (${count})</label> `;
    })}</fieldset>
`;
  };
  return html`${boxes("Severity", SEVERITIES, ({ severity }) => severity)}${boxes("Class", CLASSES, (finding) => finding.class)}`;
}

function stackSection(report: ReportedStack, index: number, settings: Settings | undefined): Html {
  const { stack, outcome, objects, findings, reason } = report;
  const places = placesOf(findings, index);
  const picture = settings
    ? html`<figure>${drawing(settings, places)}<figcaption class="dim">From the branch to what it deploys to.</figcaption></figure>`
    : html``;
  return html`<section class="stack" aria-labelledby="stack-${index}">
<h2 id="stack-${index}">${stack}: <span class="${outcome}">${OUTCOMES[outcome]}</span></h2>
${picture}
<div>
<p>Objects compared: ${objects}. Differences found: ${findings.length}.</p>
${reason === undefined ? html`` : html`<p class="could-not-check">${reason}</p>`}
${waysOut(report)}
${[...places].map(
  ([cloud, { id, findings }]) => html`<h3 id="${id}" tabindex="-1">${CLOUDS[cloud] ?? cloud}</h3>
${findings.map((finding) => findingDetails(finding, report))}`,
)}
${notSeen(report)}
</div>
</section>
`;
}

/** What nobody looked at is neither drift nor clean. */
function notSeen({ clouds, unseen = [] }: ReportedStack): Html {
  const parts = [
    ...unchecked(clouds).map(({ cloud, reason }) => ({ what: CLOUDS[cloud] ?? cloud, reason })),
    ...unseen,
  ];
  if (parts.length === 0) return html``;
  return html`<h3>What could not be checked</h3>
<ul>${parts.map(({ what, reason }) => html`<li>${what}: ${reason}</li>`)}</ul>`;
}

function placesOf(findings: readonly Finding[], index: number): Places {
  const groups = Map.groupBy(findings, ({ cloud }) => cloud);
  return new Map(
    [...groups].map(([cloud, all], at) => [cloud, { id: `found-${index}-${at}`, findings: all }]),
  );
}

function waysOut({ stack, revert }: ReportedStack): Html {
  if (revert === undefined) return html``;
  return html`<p>To put back what has no way of its own: <code>${revert}</code>. To keep it: write what was found into <code>${stackFile(stack)}</code>.</p>`;
}

function findingDetails(finding: Finding, { revert }: ReportedStack): Html {
  const { severity, name, kind, property, item, replaces, why, ways, type, id } = finding;
  const what = kind === "deleted" ? "is gone" : (property ?? "changed");
  const of = item === undefined ? "" : ` of ${item}`;
  return html`<details class="finding ${severity} ${finding.class}"${severity === "high" ? html` open` : html``}>
<summary><span class="tag ${severity}">${severity}</span> <b>${name}</b> ${what}${of} <span class="dim">${finding.class}</span></summary>
<div><p>${why}</p>
<dl>${values(finding)}
${replaces ? html`<dt>Note</dt><dd>Putting it back replaces the whole object.</dd>` : html``}
${ways.revert === revert ? html`` : html`<dt>To put it back</dt><dd><pre>${ways.revert}</pre></dd>`}
${ways.adopt === undefined ? html`` : html`<dt>To keep it</dt><dd><pre>${ways.adopt}</pre></dd>`}
<dt>Object</dt><dd class="dim">${type}, id ${id}</dd></dl></div>
</details>
`;
}

/** Both values; of long texts only the places where they differ. */
function values({ kind, property, wanted, found }: Finding): Html {
  if (kind === "deleted" || property === undefined) return html``;
  if (wanted === secretText && found === secretText)
    return html`<dt>Found</dt><dd>a secret value, not the one that was deployed</dd>`;
  const differences =
    typeof wanted === "string" && typeof found === "string" ? textDifferences(wanted, found) : [];
  if (differences.length === 0) return pair({ wanted, found });
  return html`${differences.map((one) => html`<dt>${one.place}</dt>${pair(one)}`)}`;
}

function pair({ wanted, found }: { wanted?: unknown; found?: unknown }): Html {
  return html`<dt>Wanted</dt><dd>${value(wanted)}</dd><dt>Found</dt><dd>${value(found)}</dd>`;
}

function value(one: unknown): Html {
  if (one === undefined) return html`<span class="dim">not set</span>`;
  return html`<pre>${typeof one === "string" && one.includes("\n") ? one : JSON.stringify(one, null, 2)}</pre>`;
}
