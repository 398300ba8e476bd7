import { z } from "zod";
import { checked, field, integer, oneOf, scalar } from "./fields.ts";
import * as is from "./formats.ts";
import { DIGITALOCEAN_REGIONS, RESERVED_NAMESPACES } from "./known.ts";

const range = () =>
  checked((value) => is.parseRange(value) !== undefined, "is not an IPv4 range in CIDR notation");
const label = () =>
  checked(
    is.isDnsLabel,
    "is not a name of at most 63 lower-case letters, digits and dashes that begins with a letter",
  );

const poolSchema = z.strictObject({
  name: field(label(), "Name of the node pool, unique in the cluster.", "workers"),
  size: field(
    checked((value) => /^[a-z0-9]+(-[a-z0-9.]+)+$/.test(value), "is not a DigitalOcean size"),
    "Droplet size of the nodes.",
    "s-2vcpu-4gb",
  ),
  min: field(integer(1, 500), "Fewest nodes; a pool cannot scale to zero.", 1),
  max: field(integer(1, 500), "Most nodes.", 5),
  labels: field(
    z.record(z.string(), scalar(is.isLabelValue, "is not a Kubernetes label value")),
    "Labels of the nodes.",
    { workload: "api" },
  ).default({}),
  taints: field(
    z.array(
      z.strictObject({
        key: field(checked(is.isLabelKey, "is not a Kubernetes taint key"), "Key of the taint.", "workload"),
        value: field(
          scalar(is.isLabelValue, "is not a Kubernetes taint value"),
          "Value of the taint.",
          "ml",
        ).default(""),
        effect: field(
          oneOf(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
          "What happens to pods that do not tolerate it.",
          "NoSchedule",
        ),
      }),
    ),
    "Taints of the nodes. Services that name the pool get the tolerations.",
    [{ key: "workload", value: "ml", effect: "NoSchedule" }],
  ).default([]),
});

export const clusterSchema = z.strictObject({
  name: field(label(), "Name of the cluster.", "kai-staging"),
  region: field(
    checked(
      (value) => DIGITALOCEAN_REGIONS.includes(value),
      `is not a region with Kubernetes: ${DIGITALOCEAN_REGIONS.join(", ")}`,
    ),
    "DigitalOcean region.",
    "ams3",
  ),
  versionPrefix: field(
    scalar(
      (value) => /^1\.\d{1,2}\.$/.test(value),
      "is not of the form `1.33.` (minor version with a dot at the end)",
    ),
    "Kubernetes minor version at creation; the newest patch of it is taken, and later versions are DigitalOcean's upgrades.",
    "1.33.",
  ),
  highlyAvailable: field(
    z.boolean(),
    "Replicated control plane. Cannot be switched off again.",
    true,
  ).default(false),
  autoUpgrade: field(z.boolean(), "Patch upgrades in the maintenance window.", true).default(true),
  maintenance: field(
    z.strictObject({
      day: field(
        oneOf(["any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]),
        "Day of the maintenance window.",
        "sunday",
      ).default("sunday"),
      startTime: field(
        checked(
          (value) => /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
          "is not a time of day such as 04:00; quote it in YAML",
        ),
        "Start of the maintenance window, UTC, 24 hours.",
        "04:00",
      ).default("04:00"),
    }),
    "When DigitalOcean may upgrade.",
    { day: "sunday", startTime: "04:00" },
  ).prefault({}),
  vpcRange: field(range(), "Address range of the VPC; private, /16 to /24.", "10.10.0.0/20"),
  clusterSubnet: field(
    range(),
    "Address range of the pods; private, unique to the cluster. Cannot be changed.",
    "10.100.0.0/16",
  ),
  serviceSubnet: field(
    range(),
    "Address range of the services; private, unique to the cluster. Cannot be changed.",
    "10.101.0.0/19",
  ),
  systemPool: field(
    z.strictObject({
      size: field(
        checked((value) => /^[a-z0-9]+(-[a-z0-9.]+)+$/.test(value), "is not a DigitalOcean size"),
        "Droplet size. A change replaces the whole cluster.",
        "s-2vcpu-4gb",
      ).default("s-2vcpu-4gb"),
      count: field(integer(1, 50), "Number of nodes.", 1).default(1),
    }),
    "The cluster's own small node pool, without taints.",
    { size: "s-2vcpu-4gb", count: 1 },
  ).prefault({}),
  pools: field(z.array(poolSchema), "Autoscaled node pools for the workloads.", [
    { name: "workers", size: "s-2vcpu-4gb", min: 1, max: 5 },
  ]).default([]),
  destroyAssociatedResources: field(
    z.boolean(),
    "Whether destroying the cluster also destroys its load balancers and volumes.",
    false,
  ).default(false),
});

export const namespaceSchema = z.strictObject({
  name: field(
    checked(
      (value) => is.isDnsLabel(value) && !RESERVED_NAMESPACES.includes(value) && !value.startsWith("kube-"),
      "is not a namespace name: at most 63 lower-case letters, digits and dashes, a letter first, none that Kubernetes keeps for itself",
    ),
    "Kubernetes namespace of the workloads.",
    "kai-staging",
  ),
  podSecurity: field(
    oneOf(["restricted", "baseline", "privileged"]),
    "Pod security level that the namespace enforces.",
    "restricted",
  ).default("restricted"),
  quota: field(
    z.strictObject({
      pods: field(integer(1, 10_000), "Most pods.", 100).default(100),
      cpu: field(
        scalar(is.isCpu, "is not a cpu quantity"),
        "Most cores that pods may request together.",
        "8",
      ).default("8"),
      memory: field(
        scalar(is.isMemory, "is not a memory quantity"),
        "Most memory that pods may request together.",
        "16Gi",
      ).default("16Gi"),
    }),
    "Budget of the namespace. It must leave room for one more pod of each service during a rolling update.",
    { pods: 100, cpu: "8", memory: "16Gi" },
  ).prefault({}),
});
