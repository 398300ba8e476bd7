import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** A Pulumi command line that this program can be run with. */
export interface Engine {
  /** Absolute path of the `pulumi` executable. */
  pulumi: string;
  /** Its version, without a leading `v`. */
  version: string;
  /** How it was found: `download` and `go` mean that it was put into the cache just now. */
  source: "path" | "cache" | "download" | "go";
  /** The folder of the executable; the Node.js language host is in it, or on PATH for an engine of PATH. */
  directory: string;
}

/** What the checkout pins, read from `engine/go/cli/go.mod`: the one place where the versions are written. */
export interface Pins {
  /** The Pulumi version that is downloaded or built, without a leading `v`. */
  pulumi: string;
  /** The oldest Go that builds it. */
  go: string;
}

/**
 * The oldest command line that runs this program: Pulumi.yaml's `requiredPulumiVersion`. One before 3.231 may
 * also damage the state's order of resources in `refresh --preview-only --run-program`.
 */
export const oldestPulumi = "3.249.0";

/** A way to an engine that does not serve here; the message is its reason in one line. */
export class WayFailed extends Error {
  override name = "WayFailed";
}

/** The file name of an executable on this platform. */
export function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** Reads the pinned versions of the checkout at `root`. */
export async function readPins(root: string): Promise<Pins> {
  const file = join(root, "engine", "go", "cli", "go.mod");
  const text = await readFile(file, "utf8");
  const pulumi = /github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/.exec(text)?.[1];
  const go = /^go (\S+)$/m.exec(text)?.[1];
  if (pulumi === undefined || go === undefined) {
    throw new Error(`${file} names no version of github.com/pulumi/pulumi/pkg/v3 or of Go.`);
  }
  return { pulumi, go };
}
