/** The rules of IAM, as its API reference gives them (docs.aws.amazon.com/IAM/latest/APIReference). */
import { createHash, randomBytes } from "node:crypto";
import { arn, newId, now, refusal, tagSet } from "./api.ts";
import { type PolicyKind, policyProblem } from "./policy-documents.ts";
import type { AccessKeyDocument, Aws, RoleDocument, UserDocument } from "./store.ts";

/** Users and roles take inline and attached policies in the same way. */
export type PrincipalKind = "User" | "Role";

export function principal(aws: Aws, kind: PrincipalKind, name: string): UserDocument | RoleDocument {
  const found = kind === "User" ? aws.store.data.users[name] : aws.store.data.roles[name];
  if (!found) throw missing(`Get${kind}`, `The ${kind.toLowerCase()} with name ${name} cannot be found.`);
  return found;
}

/** API CreateUser: names are unique in the account, 64 characters of `\w+=,.@-`. */
export function createUser(
  aws: Aws,
  name: string,
  path: string,
  tags: Record<string, string> | undefined,
): void {
  refuseName("CreateUser", name);
  const { data } = aws.store;
  if (data.users[name])
    throw refusal(409, "IAM: CreateUser", "EntityAlreadyExists", `User with name ${name} already exists.`);
  data.users[name] = {
    UserName: name,
    UserId: newId(data, "AIDA", 16),
    Arn: arn(aws, "iam", `user${path}${name}`),
    Path: path,
    CreateDate: now(),
    Tags: tagSet(tags),
    Policies: {},
    AttachedPolicies: [],
  };
  aws.store.save();
}

/** API DeleteUser refuses while keys or policies exist. */
export function deleteUser(aws: Aws, name: string): void {
  const user = principal(aws, "User", name);
  if (keysOf(aws, name).length > 0)
    throw refusal(
      409,
      "IAM: DeleteUser",
      "DeleteConflict",
      "Cannot delete entity, must delete access keys first.",
    );
  refusePolicies("DeleteUser", user);
  delete aws.store.data.users[name];
  aws.store.save();
}

export function createRole(
  aws: Aws,
  wanted: Pick<
    RoleDocument,
    "RoleName" | "Path" | "Description" | "MaxSessionDuration" | "AssumeRolePolicyDocument"
  >,
  tags: Record<string, string> | undefined,
): void {
  const { data } = aws.store;
  refuseName("CreateRole", wanted.RoleName);
  refuseDocument("CreateRole", wanted.AssumeRolePolicyDocument, "trust");
  if (data.roles[wanted.RoleName])
    throw refusal(
      409,
      "IAM: CreateRole",
      "EntityAlreadyExists",
      `Role with name ${wanted.RoleName} already exists.`,
    );
  data.roles[wanted.RoleName] = {
    ...wanted,
    RoleId: newId(data, "AROA", 16),
    Arn: arn(aws, "iam", `role${wanted.Path}${wanted.RoleName}`),
    CreateDate: now(),
    Tags: tagSet(tags),
    Policies: {},
    AttachedPolicies: [],
  };
  aws.store.save();
}

export function updateRole(
  aws: Aws,
  name: string,
  wanted: Pick<RoleDocument, "Description" | "MaxSessionDuration" | "AssumeRolePolicyDocument" | "Tags">,
): void {
  refuseDocument("UpdateAssumeRolePolicy", wanted.AssumeRolePolicyDocument, "trust");
  Object.assign(principal(aws, "Role", name), wanted);
  aws.store.save();
}

export function deleteRole(aws: Aws, name: string): void {
  refusePolicies("DeleteRole", principal(aws, "Role", name));
  delete aws.store.data.roles[name];
  aws.store.save();
}

/** API PutUserPolicy and PutRolePolicy: an existing name is overwritten. */
export function putInlinePolicy(
  aws: Aws,
  kind: PrincipalKind,
  name: string,
  policy: string,
  document: string,
): void {
  refuseDocument(`Put${kind}Policy`, document, "identity");
  principal(aws, kind, name).Policies[policy] = document;
  aws.store.save();
}

export function deleteInlinePolicy(aws: Aws, kind: PrincipalKind, name: string, policy: string): void {
  const { Policies } = principal(aws, kind, name);
  if (Policies[policy] === undefined)
    throw missing(
      `Delete${kind}Policy`,
      `The ${kind.toLowerCase()} policy with name ${policy} cannot be found.`,
    );
  delete Policies[policy];
  aws.store.save();
}

/** Two keys per user at most (API CreateAccessKey, LimitExceeded). The secret goes to the vault alone. */
export function createAccessKey(aws: Aws, user: string, status: AccessKeyDocument["Status"]): string {
  principal(aws, "User", user);
  if (keysOf(aws, user).length >= 2)
    throw refusal(
      409,
      "IAM: CreateAccessKey",
      "LimitExceeded",
      "Cannot exceed quota for AccessKeysPerUser: 2",
    );
  const id = newId(aws.store.data, "AKIA", 16);
  aws.store.data.accessKeys[id] = { UserName: user, AccessKeyId: id, Status: status, CreateDate: now() };
  aws.vault.data.secretAccessKeys[id] = randomBytes(30).toString("base64");
  aws.vault.save();
  aws.store.save();
  return id;
}

export function deleteAccessKey(aws: Aws, id: string): void {
  if (!aws.store.data.accessKeys[id])
    throw missing("DeleteAccessKey", `The Access Key with id ${id} cannot be found.`);
  delete aws.store.data.accessKeys[id];
  delete aws.vault.data.secretAccessKeys[id];
  aws.vault.save();
  aws.store.save();
}

export function keysOf(aws: Aws, user: string): AccessKeyDocument[] {
  return Object.values(aws.store.data.accessKeys).filter((key) => key.UserName === user);
}

/** One provider per URL (API CreateOpenIDConnectProvider, EntityAlreadyExists). */
export function createOpenIdConnectProvider(
  aws: Aws,
  url: string,
  clients: string[],
  thumbprints: string[] | undefined,
  tags: Record<string, string> | undefined,
): string {
  const operation = "IAM: CreateOpenIDConnectProvider";
  if (!/^https:\/\/[^/?#]+/.test(url))
    throw refusal(400, operation, "InvalidInput", "The url must begin with https://");
  const host = url.replace(/^https:\/\//, "");
  const id = arn(aws, "iam", `oidc-provider/${host}`);
  const { openIdConnectProviders } = aws.store.data;
  if (openIdConnectProviders[id])
    throw refusal(409, operation, "EntityAlreadyExists", `Provider with url ${url} already exists.`);
  openIdConnectProviders[id] = {
    Arn: id,
    Url: host,
    ClientIDList: clients,
    // IAM looks the thumbprint of the issuer's certificate up when none is given.
    ThumbprintList: thumbprints ?? [createHash("sha1").update(host).digest("hex")],
    CreateDate: now(),
    Tags: tagSet(tags),
  };
  aws.store.save();
  return id;
}

function refuseName(operation: string, name: string): void {
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw refusal(
      400,
      `IAM: ${operation}`,
      "ValidationError",
      `The specified value for name is invalid: ${name}. It must have at most 64 alphanumeric characters or +=,.@-_`,
    );
}

function refuseDocument(operation: string, document: string, kind: PolicyKind): void {
  const problem = policyProblem(document, kind);
  if (problem) throw refusal(400, `IAM: ${operation}`, "MalformedPolicyDocument", problem);
}

function refusePolicies(operation: string, found: UserDocument | RoleDocument): void {
  if (Object.keys(found.Policies).length > 0)
    throw refusal(
      409,
      `IAM: ${operation}`,
      "DeleteConflict",
      "Cannot delete entity, must delete policies first.",
    );
  if (found.AttachedPolicies.length > 0)
    throw refusal(
      409,
      `IAM: ${operation}`,
      "DeleteConflict",
      "Cannot delete entity, must detach all policies first.",
    );
}

function missing(operation: string, message: string) {
  return refusal(404, `IAM: ${operation}`, "NoSuchEntity", message);
}
