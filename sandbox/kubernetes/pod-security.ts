/** Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards), the controls that matter here. */
import { isObject, type Properties } from "../provider/values.ts";

/** Capabilities that the baseline allows to add. */
const BASELINE_CAPABILITIES = new Set([
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
]);

const RESTRICTED_VOLUMES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

/** What a pod spec violates of a level; empty when it is admitted. */
export function violations(level: string, spec: Properties): string[] {
  if (level === "privileged") return [];
  const found = baseline(spec);
  return level === "restricted" ? [...found, ...restricted(spec)] : found;
}

function containersOf(spec: Properties): Properties[] {
  return [...list(spec.initContainers), ...list(spec.containers)];
}

function baseline(spec: Properties): string[] {
  const found = ["hostNetwork", "hostPID", "hostIPC"]
    .filter((field) => spec[field])
    .map((field) => `${field}=true`);
  if (list(spec.volumes).some((volume) => volume.hostPath)) found.push("hostPath volumes");
  for (const container of containersOf(spec)) {
    const context = object(container.securityContext);
    if (context.privileged) found.push(`privileged (container "${container.name}")`);
    const added = (object(context.capabilities).add ?? []) as string[];
    if (added.some((capability) => !BASELINE_CAPABILITIES.has(capability)))
      found.push(`non-default capabilities (container "${container.name}")`);
    if (list(container.ports).some((port) => port.hostPort))
      found.push(`hostPort (container "${container.name}")`);
  }
  return found;
}

function restricted(spec: Properties): string[] {
  const found: string[] = [];
  const pod = object(spec.securityContext);
  const profiles = ["RuntimeDefault", "Localhost"];
  for (const container of containersOf(spec)) {
    const own = object(container.securityContext);
    const where = `(container "${container.name}")`;
    if (own.allowPrivilegeEscalation !== false) found.push(`allowPrivilegeEscalation != false ${where}`);
    const capabilities = object(own.capabilities);
    if (!((capabilities.drop ?? []) as string[]).includes("ALL"))
      found.push(`unrestricted capabilities ${where}`);
    if (((capabilities.add ?? []) as string[]).some((name) => name !== "NET_BIND_SERVICE"))
      found.push(`unrestricted capabilities ${where}`);
    if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) found.push(`runAsNonRoot != true ${where}`);
    if ((own.runAsUser ?? pod.runAsUser) === 0) found.push(`runAsUser=0 ${where}`);
    const profile = object(own.seccompProfile ?? pod.seccompProfile).type;
    if (!profiles.includes(String(profile))) found.push(`seccompProfile ${where}`);
  }
  for (const volume of list(spec.volumes)) {
    const type = Object.keys(volume).find((key) => key !== "name");
    if (type && !RESTRICTED_VOLUMES.has(type))
      found.push(`restricted volume types (volume "${volume.name}")`);
  }
  return [...new Set(found)];
}

function list(value: unknown): Properties[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function object(value: unknown): Properties {
  return isObject(value) ? value : {};
}
