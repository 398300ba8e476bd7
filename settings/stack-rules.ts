import { RANGE_KEYS } from "./cluster-rules.ts";
import { overlaps, parseRange } from "./formats.ts";
import type { Draft, RuleProblem, StackContext } from "./rules.ts";

/** What two stacks must not share, and what they must: each physical object has one owner. */
export function stackProblems(draft: Draft, { siblings = {} }: StackContext): RuleProblem[] {
  const others = Object.entries(siblings).filter(([stack]) => stack !== draft.stack);
  return [
    ...ownershipProblems(draft, others),
    ...others.flatMap(([stack, config]) => [
      ...sharedNames(draft, stack, config),
      ...sharedRanges(draft, stack, config),
      ...differentRepository(draft, stack, config),
      ...sharedDomains(draft, stack, config),
    ]),
  ];
}

type Sibling = [stack: string, config: Record<string, unknown>];

function ownershipProblems(
  { stack, ownsRepository, clouds }: Draft,
  others: readonly Sibling[],
): RuleProblem[] {
  if (clouds?.github === false || ownsRepository === undefined) return [];
  const owners = others
    .filter(([, config]) => String(config.ownsRepository) === "true")
    .map(([name]) => name);
  if (ownsRepository && owners.length > 0) {
    return [
      {
        key: "kai:ownsRepository",
        problem: `is true in stack ${owners.join(" and ")} as well: both would fight over the repository's settings`,
        remedy: `Keep it in one stack, for example: pulumi config set kai:ownsRepository false --stack ${stack === "production" ? owners[0] : stack}`,
      },
    ];
  }
  if (!ownsRepository && others.length > 0 && owners.length === 0) {
    return [
      {
        key: "kai:ownsRepository",
        problem: "is true in no stack: nobody would create the branches and their rules",
        remedy: `Set it in one stack, for example: pulumi config set kai:ownsRepository true --stack ${[stack, ...others.map(([name]) => name)].includes("production") ? "production" : stack}`,
      },
    ];
  }
  return [];
}

/** Names that exist once: in the repository, in the DigitalOcean account, in the workflow. */
function sharedNames(draft: Draft, stack: string, config: Record<string, unknown>): RuleProblem[] {
  const usesCluster =
    draft.clouds?.digitalocean !== false && valueAt(config, "clouds", "digitalocean") !== false;
  const pairs = [
    // Buckets, projects and identities carry it, too.
    { section: "environment", field: "name", isShared: true },
    { section: "environment", field: "branch", isShared: draft.clouds?.github !== false },
    { section: "cluster", field: "name", isShared: usesCluster },
    { section: "namespace", field: "name", isShared: usesCluster },
  ] as const;
  return pairs.flatMap(({ section, field, isShared }): RuleProblem[] => {
    const own = valueAt(draft as Record<string, unknown>, section, field);
    const other = valueAt(config, section, field);
    // Environment names also become the ends of variable names, where a dash and an underscore are the same.
    const normal = (value: unknown) => String(value).toLowerCase().replaceAll("_", "-");
    if (!isShared || own === undefined || other === undefined || normal(own) !== normal(other)) return [];
    return [
      {
        key: `kai:${section}.${field}`,
        problem: `is \`${String(own)}\`, ${own === other ? "the same as" : `too near to \`${String(other)}\``} in stack ${stack}`,
        remedy: ownName(draft, section, field),
      },
    ];
  });
}

function ownName({ stack, branches }: Draft, section: string, field: string): string {
  if (field === "branch")
    return `Each environment is deployed from a branch of its own, and there are three: ${Object.values(branches ?? {}).join(", ")}.`;
  return `Give each stack its own, for example \`${field}: ${section === "environment" ? stack : `kai-${stack}`}\`.`;
}

/** DigitalOcean refuses a VPC that overlaps another of the account, and pods of two clusters must stay apart. */
function sharedRanges(draft: Draft, stack: string, config: Record<string, unknown>): RuleProblem[] {
  const isOff = draft.clouds?.digitalocean === false || valueAt(config, "clouds", "digitalocean") === false;
  if (!draft.cluster || isOff) return [];
  const { cluster } = draft;
  return RANGE_KEYS.flatMap((own) =>
    RANGE_KEYS.flatMap((other): RuleProblem[] => {
      const text = valueAt(config, "cluster", other);
      const theirs = typeof text === "string" ? parseRange(text) : undefined;
      const ours = parseRange(cluster[own]);
      if (!theirs || !ours || !overlaps(ours, theirs)) return [];
      return [
        {
          key: `kai:cluster.${own}`,
          problem: `is \`${cluster[own]}\`, which overlaps ${other} of stack ${stack} (\`${text}\`)`,
          remedy: "Give each cluster address ranges of its own.",
        },
      ];
    }),
  );
}

function differentRepository(draft: Draft, stack: string, config: Record<string, unknown>): RuleProblem[] {
  if (draft.clouds?.github === false || valueAt(config, "clouds", "github") === false) return [];
  const fields = [
    ["repository", "owner"],
    ["repository", "name"],
    ["branches", "production"],
    ["branches", "staging"],
    ["branches", "development"],
  ] as const;
  return fields.flatMap(([section, field]): RuleProblem[] => {
    const own = valueAt(draft as Record<string, unknown>, section, field);
    const other = valueAt(config, section, field);
    if (own === undefined || other === undefined || own === other) return [];
    return [
      {
        key: `kai:${section}.${field}`,
        problem: `is \`${String(own)}\`, but \`${String(other)}\` in stack ${stack}: the stacks share one repository`,
        remedy: `Write it once, as the default in Pulumi.yaml, and remove kai:${section} from the stack files.`,
      },
    ];
  });
}

/** Vercel gives a domain to one project, CloudFront to one distribution. */
function sharedDomains(draft: Draft, stack: string, config: Record<string, unknown>): RuleProblem[] {
  const { sites = [] } = draft;
  const theirs = new Set(listAt(config, "sites").map((site) => valueAt({ site }, "site", "domain")));
  return sites.flatMap(({ domain }, index): RuleProblem[] =>
    domain === undefined || !theirs.has(domain)
      ? []
      : [
          {
            key: `kai:sites[${index}].domain`,
            problem: `is \`${domain}\`, the same as in stack ${stack}: a domain leads to one of them`,
            remedy: `Write kai:sites with its domains in each stack's file, for example \`domain: ${draft.stack}.${domain}\`.`,
          },
        ],
  );
}

/** The branches of the stacks that roll services out. @param stacks values below `kai:`, read or as they stand in the files */
export function branchesWithServices(stacks: readonly Record<string, unknown>[]): ReadonlySet<string> {
  const rollingOut = stacks.filter(
    (stack) => valueAt(stack, "clouds", "digitalocean") !== false && listAt(stack, "services").length > 0,
  );
  return new Set(rollingOut.map((stack) => String(valueAt(stack, "environment", "branch"))));
}

function listAt(config: Record<string, unknown>, section: string): unknown[] {
  const list = config[section];
  return Array.isArray(list) ? list : [];
}

function valueAt(config: Record<string, unknown>, section: string, field: string): unknown {
  const group = config[section];
  return typeof group === "object" && group !== null ? (group as Record<string, unknown>)[field] : undefined;
}
