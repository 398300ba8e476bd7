import { UserError } from "../errors.ts";

/**
 * What a change by hand needs, if the world has it.
 * @param what the object's kind, as people call it, with its name where only that one will do
 * @throws UserError when it does not exist: not yet, or not with this configuration
 */
export function present<T>(object: T | undefined | null, what: string): T {
  if (object !== undefined && object !== null) return object;
  throw new UserError(
    `There is no ${what} to change by hand. Bring both stacks up first (\`npm run sandbox\`), with a configuration that makes one.`,
  );
}
