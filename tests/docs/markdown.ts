/** The project's documents, and what a test wants to know of them. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/world.ts";

/** One document. */
export interface Page {
  /** Path from the project's folder. */
  path: string;
  text: string;
  /** Code blocks with the language after the fence. */
  blocks: { language: string; text: string }[];
  /** Text between single backticks, outside blocks. */
  code: string[];
  /** Targets of links. */
  links: string[];
  /** Anchors of the headings, as GitHub makes them. */
  anchors: string[];
}

/** Every document of the project. */
export function pages(): Page[] {
  const paths = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root })];
  return paths.map((path) => read(path, readFileSync(join(root, path), "utf8")));
}

const FENCE = /^```(\w*)\n(.*?)^```$/gms;

function read(path: string, text: string): Page {
  const blocks = [...text.matchAll(FENCE)].map(([, language = "", content = ""]) => ({
    language,
    text: content,
  }));
  const prose = text.replaceAll(FENCE, "");
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return {
    path,
    text,
    blocks,
    code: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, inner = ""]) => inner),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    anchors: headings.map(anchor),
  };
}

function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
