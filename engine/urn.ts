/** What the engine's names of things say. No I/O. */

/** The logical name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The cloud of a type token, or of a provider's; the one dynamic resource is the database. */
export function cloudOf(type: string): string {
  const cloud = /^(?:pulumi:providers:)?([^:]*)/.exec(type)?.[1] ?? "";
  return cloud === "pulumi-nodejs" ? "database" : cloud;
}
