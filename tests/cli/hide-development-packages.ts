/** Preloaded into a process, makes every package that only development needs look as if it were not installed. */
import { registerHooks } from "node:module";
import lock from "../../package-lock.json" with { type: "json" };

const hidden = new Set(
  Object.entries(lock.packages)
    .filter(([, entry]) => "dev" in entry)
    .map(([folder]) => folder),
);

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const [, name] = /.*\/(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(resolved.url) ?? [];
    if (!name || !hidden.has(name)) return resolved;
    throw Object.assign(new Error(`Cannot find package '${specifier}'`), { code: "ERR_MODULE_NOT_FOUND" });
  },
});
