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

/**
 * The first by name: the engine creates in parallel, so the order in which a cloud got its objects says nothing.
 * @throws UserError when there is none
 */
export function firstByName<T>(objects: Iterable<T>, what: string, nameOf: (object: T) => string): T {
  const [first] = [...objects].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return present(first, what);
}
