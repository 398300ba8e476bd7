/** The two ways out of a difference: put it back, or say in the configuration that it is meant. No I/O. */
import { describeSetting, isAddition, settingByHand, settingFor } from "./adoption.ts";
import type { Difference } from "./differences.ts";

export interface Ways {
  /** The exact command; a sentence where only a person can do it. */
  revert: string;
  /** What to write where; left out where no setting says what was found. */
  adopt?: string;
}

/** The command that puts back everything that the program states. @param stack as the command line names it */
export function upCommand(stack: string): string {
  return `pulumi up --refresh --stack ${stack}`;
}

/** The stack's own file. @param stack as the command line names it, such as `team/kai/production` */
export function stackFile(stack: string): string {
  return `Pulumi.${stack.split("/").at(-1)}.yaml`;
}

/** @param stack as the command line names it */
export function waysOf(stack: string, difference: Difference): Ways {
  const adopt = adoptionOf(stack, difference);
  return { revert: revertOf(stack, difference), ...(adopt !== undefined && { adopt }) };
}

function revertOf(stack: string, { remedy, cloud, property }: Difference): string {
  if (cloud === "database" && property === "alteredTables") {
    return "No up undoes this. Undo it by hand, in SQL.";
  }
  return remedy ?? upCommand(stack);
}

function adoptionOf(stack: string, difference: Difference): string | undefined {
  const { cloud, name, property } = difference;
  if (cloud === "database" && property === "alteredTables") return "kai migrate repair --accept-tables";
  const setting = settingFor(difference);
  if (setting) return `${describeSetting(setting)} in ${stackFile(stack)}`;
  const byHand = settingByHand(difference);
  if (byHand) return `${byHand}, in ${stackFile(stack)}`;
  if (!isAddition(difference)) return undefined;
  const entry = `{ name: ${name}, property: ${JSON.stringify(property)}, reason: …, until: … }`;
  return `${entry} in kai:drift.ignore of ${stackFile(stack)}`;
}
