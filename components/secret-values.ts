import * as pulumi from "@pulumi/pulumi";
import { ownedSecrets, type SecretSource } from "../pipeline/secrets.ts";
import type { SecretKey, Settings } from "../settings.ts";
import type { Application } from "./application.ts";
import type { Sites } from "./sites.ts";

/** Name of a secret → its value. */
export type SecretValues = ReadonlyMap<string, pulumi.Output<string>>;

/** Where values come from; a part is absent where its cloud is off. */
export interface SecretSources {
  /** A secret of the configuration, or one generated in its place. */
  configured: (key: SecretKey) => pulumi.Output<string>;
  application: Application | undefined;
  sites: Sites;
}

/** The value of every secret that the stack owns, each from the source that the table names. */
export function secretValues(settings: Settings, sources: SecretSources): SecretValues {
  return new Map(
    ownedSecrets(settings).map(({ name, source }) => {
      const value = sourceValue(source, sources);
      if (value === undefined)
        throw new Error(`the source of the secret ${name} does not exist in this stack`);
      return [name, pulumi.secret(value)];
    }),
  );
}

function sourceValue(source: SecretSource, sources: SecretSources): pulumi.Input<string> | undefined {
  const { application, sites, configured } = sources;
  switch (source.kind) {
    case "configuration":
    case "generated":
      return configured(source.key);
    case "setting":
      return source.value;
    case "output":
      return source.output === "vercelProjectId"
        ? sites.projects.get(source.site)?.projectId
        : sites.buckets.get(source.site)?.[source.output];
    case "vercel-team":
      return [...sites.projects.values()][0]?.teamId;
    case "credential":
      return {
        kubeconfig: application?.kubeConfigData,
        "aws-access-key-id": sites.identity?.accessKeyId,
        "aws-secret-access-key": sites.identity?.secretAccessKey,
        "aws-role-arn": sites.identity?.roleArn,
      }[source.credential];
  }
}
