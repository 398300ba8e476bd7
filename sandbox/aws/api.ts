/** What the areas of the simulated AWS share: refusals, ids, tags. */
import { createHash } from "node:crypto";
import { CloudError } from "../provider/declaration.ts";
import type { Aws, AwsData, Tag } from "./store.ts";

/** A refusal in the words of the AWS SDK for Go, which the provider passes on. */
export function refusal(status: number, operation: string, code: string, message: string): CloudError {
  return new CloudError(
    status,
    `operation error ${operation}, https response error StatusCode: ${status}, ${code}: ${message}`,
  );
}

/** A new id: the prefix and `length` capital letters and digits, different for each call. */
export function newId(data: AwsData, prefix: string, length: number): string {
  data.serial += 1;
  const digest = createHash("sha256").update(`${prefix}${data.serial}`).digest("hex").toUpperCase();
  return `${prefix}${digest.slice(0, length)}`;
}

/** The time of an action, in whole seconds as AWS answers it. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}

export function tagSet(tags: Record<string, string> = {}): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function tagMap(tags: Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

/** `arn:aws:<service>:<region>:<account>:<resource>`; global services have no region. */
export function arn(aws: Aws, service: string, resource: string, region = ""): string {
  return `arn:aws:${service}:${region}:${aws.store.data.accountId}:${resource}`;
}
