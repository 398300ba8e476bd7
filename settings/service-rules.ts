import { quantity } from "./formats.ts";
import { RESERVED_SERVICES } from "./known.ts";
import { closest, repeated } from "./problems.ts";
import type { Draft, RuleProblem } from "./rules.ts";

type Service = NonNullable<Draft["services"]>[number];

/** The workloads: their scale, what they refer to, and the room that the namespace and the nodes give them. */
export function serviceProblems(draft: Draft): RuleProblem[] {
  const { services, namespace, cluster } = draft;
  if (!services || draft.clouds?.digitalocean === false) return [];
  return [
    ...repeated(services.map(({ name }) => name)).map(({ value, index, first }) => ({
      key: `kai:services[${index}].name`,
      problem: `is \`${value}\`, the same as kai:services[${first}].name`,
      remedy: "Give each service a name of its own.",
      reads: [`kai:services[${first}].name`],
    })),
    ...services.flatMap((service, index) => [
      ...nameProblems(service, `kai:services[${index}]`),
      ...scaleProblems(service, `kai:services[${index}]`),
      ...portProblems(service, `kai:services[${index}]`, namespace),
      ...routeProblems(service, `kai:services[${index}]`),
      ...callProblems(service, `kai:services[${index}]`, services),
      ...poolProblems(service, `kai:services[${index}]`, cluster),
    ]),
    ...clashingRoutes(services),
    ...capacityProblems(services, cluster),
    ...quotaProblems(services, namespace),
  ];
}

/** A service gives its name to an account and a ConfigMap. */
function nameProblems({ name }: Service, key: string): RuleProblem[] {
  if (!RESERVED_SERVICES.includes(name)) return [];
  return [
    {
      key: `${key}.name`,
      problem: `is \`${name}\`, the name of something else in the namespace`,
      remedy: "Choose another name, for example `name: api-server`.",
    },
  ];
}

function scaleProblems({ replicas, requests, limits }: Service, key: string): RuleProblem[] {
  const problems: RuleProblem[] = [];
  if (replicas.min > replicas.max) {
    problems.push({
      key: `${key}.replicas.min`,
      problem: `is ${replicas.min}, more than ${key}.replicas.max (${replicas.max})`,
      remedy: `For example \`min: ${replicas.max}\`, or raise \`max\`.`,
      reads: [`${key}.replicas.max`],
    });
  }
  for (const resource of ["cpu", "memory"] as const) {
    if (amount(limits[resource]) >= amount(requests[resource])) continue;
    problems.push({
      key: `${key}.limits.${resource}`,
      problem: `is ${limits[resource]}, less than ${key}.requests.${resource} (${requests[resource]})`,
      remedy: `For example \`${resource}: ${requests[resource]}\`, or lower the request.`,
      reads: [`${key}.requests.${resource}`],
    });
  }
  return problems;
}

function portProblems({ port, env }: Service, key: string, namespace: Draft["namespace"]): RuleProblem[] {
  const problems: RuleProblem[] = [];
  // Pods run as an ordinary user without capabilities, who may not listen on the first 1024 ports.
  if (port < 1024 && namespace && namespace.podSecurity !== "privileged") {
    problems.push({
      key: `${key}.port`,
      problem: `is ${port}; a pod of a \`${namespace.podSecurity}\` namespace cannot listen below 1024`,
      remedy: "Let the container listen on a higher port, for example `port: 8080`.",
      reads: ["kai:namespace.podSecurity"],
    });
  }
  if (env.PORT !== undefined && env.PORT !== String(port)) {
    problems.push({
      key: `${key}.env.PORT`,
      problem: `is ${env.PORT}, but ${key}.port is ${port}: the probes would ask where nobody listens`,
      remedy: "Remove `PORT` from `env`; it is set from `port`.",
      reads: [`${key}.port`],
    });
  }
  return problems;
}

function routeProblems(service: Service, key: string): RuleProblem[] {
  if (service.public) return [];
  return (["host", "path"] as const)
    .filter((part) => service[part] !== undefined)
    .map((part) => ({
      key: `${key}.${part}`,
      problem: "has no effect, because the service is not public",
      remedy: `Write \`public: true\`, or remove \`${part}\`.`,
      reads: [`${key}.public`],
    }));
}

function clashingRoutes(services: readonly Service[]): RuleProblem[] {
  const routes = services.map(({ public: isPublic, host = "*", path = "/" }, index) =>
    isPublic ? `${host}${path.replace(/\/+$/, "")}/` : `none ${index}`,
  );
  return repeated(routes).map(({ index, first }) => ({
    key: `kai:services[${index}].path`,
    problem: `has the same host and path as kai:services[${first}]: one of the two would never be reached`,
    remedy: "Give each public service a path or a host of its own, for example `path: /api/ml`.",
    reads: [`kai:services[${first}]`, `kai:services[${index}]`],
  }));
}

function callProblems(
  { name, callsServices }: Service,
  key: string,
  services: readonly Service[],
): RuleProblem[] {
  const names = services.map((service) => service.name);
  return callsServices.flatMap((called, index): RuleProblem[] => {
    const at = `${key}.callsServices[${index}]`;
    if (called === name) {
      return [
        {
          key: at,
          problem: "is the service itself",
          remedy: `Remove \`${called}\`; a service may always reach itself.`,
        },
      ];
    }
    return names.includes(called)
      ? []
      : [{ ...missing(at, called, "service", names), reads: ["kai:services"] }];
  });
}

/** The pool exists, and at least one node that the pod may run on is large enough for it. */
function poolProblems({ pool, requests }: Service, key: string, cluster: Draft["cluster"]): RuleProblem[] {
  if (!cluster) return [];
  const named = cluster.pools.find(({ name }) => name === pool);
  if (pool !== undefined && !named) {
    const names = cluster.pools.map(({ name }) => name);
    return [{ ...missing(`${key}.pool`, pool, "node pool", names), reads: ["kai:cluster.pools"] }];
  }
  const open = [cluster.systemPool, ...cluster.pools.filter(({ taints }) => taints.length === 0)];
  const sizes = (named ? [named] : open).map(({ size }) => size);
  return (["cpu", "memory"] as const)
    .filter((resource) =>
      sizes.every(
        (size) => amount(requests[resource]) >= (nodeSize(size)?.[resource] ?? Number.POSITIVE_INFINITY),
      ),
    )
    .map((resource) => ({
      key: `${key}.requests.${resource}`,
      problem: `is ${requests[resource]}, more than a node can give (${[...new Set(sizes)].join(", ")}): no pod would ever start`,
      remedy: "Lower the request, or choose a larger size in kai:cluster.pools.",
      reads: ["kai:cluster.pools", "kai:cluster.systemPool", `${key}.pool`],
    }));
}

/** A pool at its largest holds the fewest replicas of its services, and one more of each during an update. */
function capacityProblems(services: readonly Service[], cluster: Draft["cluster"]): RuleProblem[] {
  return (cluster?.pools ?? []).flatMap(({ name, size, max }, index): RuleProblem[] => {
    const node = nodeSize(size);
    const own = services.filter(({ pool }) => pool === name);
    // Two pools of one name are reported elsewhere; the services are counted for the first.
    const isFirst = cluster?.pools.findIndex((pool) => pool.name === name) === index;
    if (!node || !isFirst || own.length === 0) return [];
    const nodes = (["cpu", "memory"] as const).map((resource) => {
      const needed = own.reduce(
        (sum, { replicas, requests }) => sum + (replicas.min + 1) * amount(requests[resource]),
        0,
      );
      return Math.ceil(needed / node[resource]);
    });
    const needed = Math.max(...nodes);
    if (needed <= max) return [];
    return [
      {
        key: `kai:cluster.pools[${index}].max`,
        problem: `is ${max}, too few nodes for the fewest replicas of ${own.map((service) => service.name).join(", ")}`,
        remedy: `At least \`max: ${needed}\`, a larger size, or a lower \`replicas.min\`.`,
        reads: ["kai:services", `kai:cluster.pools[${index}].size`, `kai:cluster.pools[${index}].name`],
      },
    ];
  });
}

/** Cores and bytes of a droplet size whose name says them: `s-2vcpu-4gb`. */
function nodeSize(size: string): { cpu: number; memory: number } | undefined {
  const match = /(\d+)vcpu-(\d+)gb/.exec(size);
  return match ? { cpu: Number(match[1]), memory: Number(match[2]) * 1e9 } : undefined;
}

function missing(key: string, value: string, what: string, names: readonly string[]): RuleProblem {
  const guess = closest(value, names) ?? names[0];
  return {
    key,
    problem: `is \`${value}\`, but there is no ${what} of that name`,
    remedy: guess === undefined ? `Remove it, or add the ${what}.` : `For example \`${guess}\`.`,
  };
}

/** A rolling update starts one pod more than the autoscaler's most, for each service. */
function quotaProblems(services: readonly Service[], namespace: Draft["namespace"]): RuleProblem[] {
  if (!namespace) return [];
  const pods = ({ replicas }: Service) => replicas.max + 1;
  const total = (of: (service: Service) => number) =>
    services.reduce((sum, service) => sum + pods(service) * of(service), 0);
  const needs = {
    pods: total(() => 1),
    cpu: total(({ requests }) => amount(requests.cpu)),
    memory: total(({ requests }) => amount(requests.memory)),
  };
  const { quota } = namespace;
  const shown = {
    pods: String(needs.pods),
    cpu: `"${Math.ceil(needs.cpu)}"`,
    memory: `${Math.ceil(needs.memory / 2 ** 30)}Gi`,
  };
  return (["pods", "cpu", "memory"] as const)
    .filter((resource) => amount(String(quota[resource])) < needs[resource] - 1e-9)
    .map((resource) => ({
      key: `kai:namespace.quota.${resource}`,
      problem: `is ${quota[resource]}, too little for every service at its most replicas and one more during an update`,
      remedy: `At least \`${resource}: ${shown[resource]}\`, or lower \`replicas.max\`.`,
      reads: ["kai:services"],
    }));
}

function amount(text: string): number {
  return quantity(text) ?? 0;
}
