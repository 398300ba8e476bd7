/** How the page looks. Every colour has a contrast of at least 4.5 to what it stands on, in light and in dark. */
import { CLASSES, SEVERITIES } from "../classes.ts";

/** A box that is not ticked takes what it names away: no script is needed for that. */
const FILTER = [...SEVERITIES, ...CLASSES]
  .map((name) => `body:has(#show-${name}:not(:checked)) .finding.${name} { display: none; }`)
  .join("\n");

export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #fff; --text: #1b1f24; --dim: #57606a; --line: #8b949e; --soft: #f3f5f7; --link: #0a58b0;
  --high: #b3141c; --medium: #8a5000; --low: #1d5fa8; --good: #1a6b34; --on: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #11151a; --text: #e8ebee; --dim: #a5afb9; --line: #6a7480; --soft: #1b2129; --link: #7db7ff;
    --high: #ff8a84; --medium: #f0b45a; --low: #86bbff; --good: #73d18f; --on: #11151a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
header, main { max-width: 75rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 .25rem; }
h2 { font-size: 1.3rem; margin: 0 0 .5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; }
p { margin: .25rem 0 .75rem; }
h1, h2, h3, p, summary, dd, li { overflow-wrap: anywhere; }
a { color: var(--link); }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--back); }
.skip:focus { left: 0; top: 0; z-index: 1; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.dim { color: var(--dim); }
.clean { color: var(--good); } .drifted { color: var(--high); } .could-not-check { color: var(--medium); }
.tag { display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: .85rem; color: var(--on); }
.tag.high { background: var(--high); } .tag.medium { background: var(--medium); } .tag.low { background: var(--low); }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .75rem; padding: .25rem .75rem .5rem; }
label { display: inline-block; margin-right: 1rem; padding: .25rem 0; }
input { width: 1.1em; height: 1.1em; vertical-align: -.15em; }
.stacks { display: grid; gap: 0 2rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 60rem) { .stack { display: grid; grid-template-columns: 22rem minmax(0, 1fr); column-gap: 2rem; }
  .stack h2 { grid-column: 1 / -1; } .stack figure { position: sticky; top: 1rem; align-self: start; } }
figure { margin: 0 0 1rem; max-width: 22rem; }
figcaption { margin-top: .5rem; font-size: .9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .small { fill: var(--dim); font-size: 11.5px; }
svg rect { fill: var(--soft); stroke: var(--line); }
svg path { stroke: var(--line); stroke-width: 1.5; fill: none; }
svg .high rect { stroke: var(--high); stroke-width: 2; } svg .medium rect { stroke: var(--medium); stroke-width: 2; }
svg .low rect { stroke: var(--low); stroke-width: 2; }
svg .badge { stroke: none; } svg .high .badge { fill: var(--high); } svg .medium .badge { fill: var(--medium); }
svg .low .badge { fill: var(--low); } svg .count { fill: var(--on); font-size: 11.5px; font-weight: 600; }
svg a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
svg a:hover .name { text-decoration: underline; }
.finding { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .5rem; }
.finding.high { border-left: .35rem solid var(--high); } .finding.medium { border-left: .35rem solid var(--medium); }
.finding.low { border-left: .35rem solid var(--low); }
.finding > div { padding: 0 .75rem .5rem; }
summary { cursor: pointer; padding: .5rem .75rem; }
dl { margin: 0; } dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
pre, code { font: .9rem/1.45 ui-monospace, monospace; }
pre { margin: 0; padding: .4rem .6rem; border-radius: .25rem; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere; }
${FILTER}
@media print { .filter, .skip { display: none; } }
`;
