/** What the last `up` left in the state of a stack, as far as the drift check looks at it. */
import { readState } from "../engine/state.ts";
import type { CheckOptions } from "./check.ts";
import type { Properties } from "./properties.ts";

/** A resource in `pulumi stack export` (pulumi/pulumi, sdk/go/common/apitype/core.go, ResourceV3). */
export interface Exported {
  urn: string;
  type: string;
  id?: string;
  /** Whether a provider made it; false for components. */
  custom?: boolean;
  inputs?: Properties;
  outputs?: Properties;
  modified?: string;
  /** Replaced already, and about to be deleted. */
  delete?: boolean;
}

/** A state as the engine exports it, secrets encrypted. */
export interface ExportedState {
  deployment?: { resources?: Exported[] };
}

/** Nothing where the state cannot be read: the engine says why elsewhere. */
export async function exportState(stack: string, options: CheckOptions): Promise<ExportedState | undefined> {
  return (await readState<ExportedState>(stack, options)).state;
}
