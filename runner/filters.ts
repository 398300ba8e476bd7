/** Patterns of `branches:`, `tags:` and `paths:` (docs.github.com, workflow syntax, "Filter pattern cheat sheet"). */

/** Whether a name passes a list of patterns; the last one that matches decides, and `!` takes away. */
export function matchesFilter(patterns: readonly string[], name: string): boolean {
  let passes = false;
  for (const pattern of patterns) {
    const takesAway = pattern.startsWith("!");
    if (toRegExp(takesAway ? pattern.slice(1) : pattern).test(name)) passes = !takesAway;
  }
  return passes;
}

function toRegExp(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index += 1) {
    const rest = pattern.slice(index);
    const set = /^\[[^\]]*\]/.exec(rest)?.[0];
    if (rest.startsWith("\\") && rest.length > 1) {
      source += escaped(rest[1] as string);
      index += 1;
    } else if (rest.startsWith("**/")) {
      source += "(?:.*/)?";
      index += 2;
    } else if (rest.startsWith("**")) {
      source += ".*";
      index += 1;
    } else if (set) {
      source += set;
      index += set.length - 1;
    } else if (rest.startsWith("*")) source += "[^/]*";
    // One of the character before: zero or one, one or more.
    else if (/^[?+]/.test(rest) && source !== "") source += rest[0];
    else source += escaped(rest[0] as string);
  }
  return new RegExp(`^${source}$`);
}

function escaped(character: string): string {
  return /[\w/]/.test(character) ? character : `\\${character}`;
}
