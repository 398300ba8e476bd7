/** The list of secrets: the model's, against what GitHub has and the state remembers. No I/O. */
import type { DeployedGitHub } from "../../drift/github/deployed.ts";
import { isOverwritten, secretName } from "../../drift/github/secrets.ts";
import type { SecretFacts } from "../../github/documents.ts";
import type { InventoryOf, Seen } from "../../github/inventory/inventory.ts";
import { environments } from "../../pipeline/branches.ts";
import { type SecretRow, type SecretSource, secretsIn } from "../../pipeline/secrets.ts";
import type { Settings } from "../../settings.ts";

/** One secret in one place. */
export interface ListedSecret {
  stack: string;
  name: string;
  /** Environment that it lives in; absent: the repository. */
  environment?: string;
  /** `kai:…`, or what makes it; absent for one that the model does not have. */
  source?: string;
  /** Jobs that read it here. */
  readers: string[];
  /**
   * `overwritten`: with another value than the last `up` gave it. `extra`: the model does not have it. `unknown`: the
   * token may not see it.
   */
  state: "ok" | "overwritten" | "missing" | "extra" | "unknown";
  /** When its value was last written, in ISO 8601; absent where GitHub has none or does not show it. */
  changed?: string;
}

/**
 * The secrets of a stack's environments, and of the repository where the stack owns it.
 * @param deployed what the last `up` made; undefined before the first one
 */
export function listSecrets(
  settings: Settings,
  inventory: InventoryOf<"environments" | "secrets">,
  deployed: DeployedGitHub | undefined,
): ListedSecret[] {
  const there = inventory.environments;
  const places = environments(settings).map(({ name }) => ({
    environment: name,
    found: there.seen ? (there.value.find((one) => one.name === name)?.secrets ?? NOTHING) : there,
  }));
  const shared = settings.ownsRepository ? [{ environment: undefined, found: inventory.secrets }] : [];
  return [...places, ...shared].flatMap(({ environment, found }) => {
    const rows = secretsIn(settings, environment);
    const place = { stack: settings.stack, ...(environment !== undefined && { environment }) };
    const ours = rows.map((row) => ({
      ...place,
      ...describe(row, environment),
      ...stateOf(row.name, found, deployed, environment),
    }));
    const extra = found.seen ? found.value.filter(({ name }) => !rows.some((row) => row.name === name)) : [];
    return [
      ...ours,
      ...extra.map(({ name, updated_at }) => ({
        ...place,
        name,
        readers: [],
        state: "extra" as const,
        changed: updated_at,
      })),
    ];
  });
}

const NOTHING: Seen<SecretFacts[]> = { seen: true, value: [] };

function describe({ name, source, readers }: SecretRow, environment: string | undefined) {
  const here = readers.filter((job) => environment === undefined || job.environment === environment);
  return { name, source: sourceText(source), readers: here.map((job) => job.name) };
}

/** Where the value comes from, in a word or two. */
function sourceText(source: SecretSource): string {
  switch (source.kind) {
    case "configuration":
      return `kai:${source.key}`;
    case "generated":
      return `kai:${source.key} or generated`;
    case "credential":
      return "minted";
    case "setting":
      return "setting";
    default:
      return "output";
  }
}

function stateOf(
  name: string,
  found: Seen<SecretFacts[]>,
  deployed: DeployedGitHub | undefined,
  environment: string | undefined,
): Pick<ListedSecret, "state" | "changed"> {
  if (!found.seen) return { state: "unknown" };
  const live = found.value.find((secret) => secret.name === name);
  if (!live) return { state: "missing" };
  const made = environment === undefined ? deployed?.secrets : deployed?.environmentSecrets;
  const ours = made?.find(
    (secret) =>
      secretName(secret) === name && (environment === undefined || secret.inputs.environment === environment),
  );
  const state = ours && isOverwritten(ours, live.updated_at) ? "overwritten" : "ok";
  return { state, changed: live.updated_at };
}
