import { posix } from "node:path";
import type { Settings, WorkflowSettings } from "../../settings.ts";
import { literal } from "./expressions.ts";
import { ACTIONS, COREPACK, PROGRAM_NODE } from "./pins.ts";
import type { Step } from "./types.ts";

/** Lines of a script; indentation that the source has beyond the first line's is kept. */
export function script(text: string): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const indent = /^ */.exec(lines[0] ?? "")?.[0].length ?? 0;
  return `${lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length))).join("\n")}\n`;
}

/** Gets the repository; the token does not stay behind for later steps. */
export function checkout(branch?: string): Step {
  return {
    name: "Check out",
    uses: ACTIONS.checkout.uses,
    with: { ...(branch ? { ref: literal(branch) } : {}), "persist-credentials": false },
  };
}

/** Node without a cache: what one job stores there, another one would run with its secrets. */
export function setupNode(version: string): Step {
  return {
    name: "Set up Node.js",
    uses: ACTIONS.setupNode.uses,
    with: { "node-version": version, "package-manager-cache": false },
  };
}

/** Node and the package manager of the application. */
export function applicationTools(workflow: WorkflowSettings): Step[] {
  const enable: Step = {
    name: `Set up ${workflow.packageManager}`,
    run: script(`
      command -v corepack >/dev/null || npm install --global ${COREPACK}
      corepack enable
    `),
  };
  return [setupNode(workflow.nodeVersion), ...(workflow.packageManager === "npm" ? [] : [enable])];
}

/** Folder of the repository that holds this program, as working directories and path filters want it: `./a` is `a`. */
export function programFolder({ workflow }: Pick<Settings, "workflow">): string {
  return posix.normalize(workflow.pipelineDirectory);
}

/** The `kai` command of the folder that holds this program. It brings the Node that it needs. */
export function programCommand(settings: Settings): Step {
  return {
    name: "Install the pipeline program",
    "working-directory": programFolder(settings),
    run: "npm ci\n",
  };
}

/** This program and its engine, ready to run `pulumi` and `kai`. */
export function programTools(settings: Settings): Step[] {
  return [
    setupNode(PROGRAM_NODE),
    programCommand(settings),
    {
      name: "Find the Pulumi engine",
      "working-directory": programFolder(settings),
      run: script(`
        engine="$(npm run --silent kai -- engine --json)"
        jq --exit-status --raw-output .directory <<< "$engine" >> "$GITHUB_PATH"
      `),
    },
  ];
}
