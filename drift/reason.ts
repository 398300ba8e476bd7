/** Why a stack could not be checked, as a sentence with the remedy. No I/O. */

import { cloudOf, nameOf } from "../engine/urn.ts";
import type { EngineError } from "./digest.ts";

/** How an engine run ended. */
export interface EngineEnd {
  stack: string;
  exitCode: number | undefined;
  errors: EngineError[];
  /** What the command line wrote beside its events. */
  lines: string[];
}

// pulumi/pulumi, pkg/cmd/pulumi/cmd/exit_codes.go
const engineExit = { authentication: 3, stackNotFound: 6 };

const titles: Record<string, string> = {
  github: "GitHub",
  digitalocean: "DigitalOcean",
  kubernetes: "Kubernetes",
  aws: "AWS",
  vercel: "Vercel",
  database: "The database",
};

const refused =
  /\b40[13]\b|unauthori[sz]ed|forbidden|bad credentials|not accessible by|access ?denied|expired ?token|invalid.{0,12}token|no valid credential|password authentication failed|permission denied/i;
const unreachable =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|connection re(fused|set)|no such host|time(d )?-?out|unreachable|unexpected EOF|\b50[0234]\b/i;

/** The sentence for a report; of several errors the first that names a resource. */
export function reasonOf(end: EngineEnd): string {
  const error = end.errors.find(({ urn }) => urn) ?? end.errors[0];
  if (error?.urn) return aboutResource(error.urn, tidy(error.message));
  if (error) return `The program of ${end.stack} did not run to its end: ${tidy(error.message)}`;
  return aboutEngine(end);
}

function aboutResource(urn: string, message: string): string {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const cloud = titles[cloudOf(type)] ?? cloudOf(type);
  const name = nameOf(urn);
  if (refused.test(message)) {
    return `${cloud} refused the credentials when it was asked for ${name}; check that they are valid and may read it: ${message}`;
  }
  if (unreachable.test(message)) {
    return `${cloud} could not be reached when it was asked for ${name}; try again once it answers: ${message}`;
  }
  return `${cloud} did not answer for ${name}: ${message}`;
}

function aboutEngine({ stack, exitCode, lines }: EngineEnd): string {
  const message = tidy(lines.join("\n")).replace(/^error: /, "");
  if (exitCode === engineExit.authentication) {
    return `Not logged in to the state backend; run \`pulumi login\`, or set PULUMI_ACCESS_TOKEN or PULUMI_BACKEND_URL: ${message}`;
  }
  if (exitCode === engineExit.stackNotFound) {
    return `The stack ${stack} does not exist in this state backend; run \`pulumi stack init ${stack}\` and \`pulumi up\`, or log in to the backend that has it.`;
  }
  if (/passphrase/i.test(message)) {
    return `The secrets of ${stack} cannot be read; set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to its passphrase: ${message}`;
  }
  return `The engine failed for ${stack}: ${message || `it ended with code ${exitCode ?? "none"} and said nothing`}`;
}

/**
 * The message without the engine's preambles, stack traces and passwords. GitHub masks logs, but neither the report that a
 * job keeps nor an issue.
 */
function tidy(message: string): string {
  return (
    message
      .replace(/^Preview failed: /, "")
      .replace(/^Running program '.*' failed with an unhandled exception:\n(?:(?:\w*Error): )?/, "")
      .split("\n")
      .filter((line) => !/^\s+at /.test(line))
      .join("\n")
      // A password may hold `/`, `@` and quotation marks, so everything up to the last @ of the word is one.
      .replaceAll(/(\w+:\/\/)\S*@/g, "$1[secret]@")
      .replaceAll(/\b(password|passwd|pwd)=('(?:[^'\\]|\\.)*'|\S+)/gi, "$1=[secret]")
      .replaceAll(/\b(bearer|basic) [\w.~+/=-]{8,}/gi, "$1 [secret]")
      .trim()
  );
}
