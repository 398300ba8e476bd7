/** IAM's resource types as the aws provider plugin shows them. */
import type { ResourceType } from "../provider/declaration.ts";
import type { Properties } from "../provider/values.ts";
import { tagSet } from "./api.ts";
import { autoname, jsonText, oneOf, tagInputs, tagOutputs } from "./face.ts";
import {
  createAccessKey,
  createOpenIdConnectProvider,
  createRole,
  createUser,
  deleteAccessKey,
  deleteInlinePolicy,
  deleteRole,
  deleteUser,
  keysOf,
  type PrincipalKind,
  principal,
  putInlinePolicy,
  updateRole,
} from "./iam.ts";
import type { AccessKeyDocument, Aws, RoleDocument } from "./store.ts";

const user: ResourceType<Aws> = {
  replaceOn: ["name", "path"],
  writeOnly: ["forceDestroy"],
  defaults: (_inputs, context) => ({ name: autoname(context, "name"), path: "/", forceDestroy: false }),
  create(aws, inputs) {
    createUser(aws, String(inputs.name), String(inputs.path), tagInputs(inputs));
    return String(inputs.name);
  },
  read(aws, id) {
    const found = aws.store.data.users[id];
    return (
      found && {
        name: found.UserName,
        path: found.Path,
        arn: found.Arn,
        uniqueId: found.UserId,
        permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
        ...tagOutputs(found.Tags),
      }
    );
  },
  update(aws, id, inputs) {
    principal(aws, "User", id).Tags = tagSet(tagInputs(inputs));
    aws.store.save();
  },
  // With forceDestroy the plugin deletes what hangs on the user first.
  delete(aws, id, { oldInputs }) {
    if (oldInputs?.forceDestroy) {
      for (const key of keysOf(aws, id)) deleteAccessKey(aws, key.AccessKeyId);
      Object.assign(principal(aws, "User", id), { Policies: {}, AttachedPolicies: [] });
    }
    deleteUser(aws, id);
  },
};

const role: ResourceType<Aws> = {
  replaceOn: ["name", "namePrefix", "path"],
  writeOnly: ["forceDetachPolicies"],
  optionalComputed: ["inlinePolicies", "managedPolicyArns", "namePrefix"],
  defaults: (_inputs, context) => ({
    name: autoname(context, "name"),
    path: "/",
    maxSessionDuration: 3600,
    forceDetachPolicies: false,
  }),
  check: (inputs) => jsonText(inputs, "assumeRolePolicy"),
  create(aws, inputs) {
    createRole(
      aws,
      { RoleName: String(inputs.name), Path: String(inputs.path), ...roleSettings(inputs) },
      tagInputs(inputs),
    );
    return String(inputs.name);
  },
  read(aws, id) {
    const found = aws.store.data.roles[id];
    return (
      found && {
        name: found.RoleName,
        path: found.Path,
        arn: found.Arn,
        uniqueId: found.RoleId,
        createDate: found.CreateDate,
        description: found.Description,
        maxSessionDuration: found.MaxSessionDuration,
        assumeRolePolicy: found.AssumeRolePolicyDocument,
        managedPolicyArns: found.AttachedPolicies,
        inlinePolicies: Object.entries(found.Policies).map(([name, policy]) => ({ name, policy })),
        permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn,
        ...tagOutputs(found.Tags),
      }
    );
  },
  update: (aws, id, inputs) =>
    updateRole(aws, id, { ...roleSettings(inputs), Tags: tagSet(tagInputs(inputs)) }),
  delete(aws, id, { oldInputs }) {
    if (oldInputs?.forceDetachPolicies)
      Object.assign(principal(aws, "Role", id), { Policies: {}, AttachedPolicies: [] });
    deleteRole(aws, id);
  },
};

function roleSettings(
  inputs: Properties,
): Pick<RoleDocument, "Description" | "MaxSessionDuration" | "AssumeRolePolicyDocument"> {
  return {
    Description: String(inputs.description ?? ""),
    MaxSessionDuration: Number(inputs.maxSessionDuration),
    AssumeRolePolicyDocument: String(inputs.assumeRolePolicy),
  };
}

/** Inline policies; their id is the principal's name and the policy's. */
function inlinePolicy(kind: PrincipalKind): ResourceType<Aws> {
  const owner = kind.toLowerCase();
  const parts = (id: string) => id.split(":") as [string, string];
  return {
    replaceOn: ["name", "namePrefix", owner],
    defaults: (_inputs, context) => ({ name: autoname(context, "name") }),
    check: (inputs) => jsonText(inputs, "policy"),
    create(aws, inputs) {
      const [name, policy] = [String(inputs[owner]), String(inputs.name)];
      putInlinePolicy(aws, kind, name, policy, String(inputs.policy));
      return `${name}:${policy}`;
    },
    read(aws, id) {
      const [name, policy] = parts(id);
      const document = principal(aws, kind, name).Policies[policy];
      return document === undefined ? undefined : { name: policy, policy: document, [owner]: name };
    },
    update: (aws, id, inputs) => putInlinePolicy(aws, kind, ...parts(id), String(inputs.policy)),
    delete: (aws, id) => deleteInlinePolicy(aws, kind, ...parts(id)),
  };
}

/** The names of all inline policies of a principal: others are removed. Deleting the resource changes nothing. */
function inlinePoliciesExclusive(kind: PrincipalKind): ResourceType<Aws> {
  const owner = `${kind.toLowerCase()}Name`;
  const write = (aws: Aws, name: string, inputs: Properties) => {
    const wanted = inputs.policyNames as string[];
    for (const policy of Object.keys(principal(aws, kind, name).Policies))
      if (!wanted.includes(policy)) deleteInlinePolicy(aws, kind, name, policy);
    return name;
  };
  return {
    replaceOn: [owner],
    sets: ["policyNames"],
    create: (aws, inputs) => write(aws, String(inputs[owner]), inputs),
    read: (aws, id) => ({ [owner]: id, policyNames: Object.keys(principal(aws, kind, id).Policies) }),
    update: (aws, id, inputs) => void write(aws, id, inputs),
    delete: () => {},
  };
}

/** The ARNs of all managed policies of a principal: others are detached. */
function attachmentsExclusive(kind: PrincipalKind): ResourceType<Aws> {
  const owner = `${kind.toLowerCase()}Name`;
  const write = (aws: Aws, name: string, inputs: Properties) => {
    principal(aws, kind, name).AttachedPolicies = [...(inputs.policyArns as string[])];
    aws.store.save();
    return name;
  };
  return {
    replaceOn: [owner],
    sets: ["policyArns"],
    create: (aws, inputs) => write(aws, String(inputs[owner]), inputs),
    read: (aws, id) => ({ [owner]: id, policyArns: principal(aws, kind, id).AttachedPolicies }),
    update: (aws, id, inputs) => void write(aws, id, inputs),
    delete: () => {},
  };
}

const accessKey: ResourceType<Aws> = {
  replaceOn: ["user", "pgpKey"],
  secretOutputs: ["secret", "sesSmtpPasswordV4"],
  defaults: () => ({ status: "Active" }),
  check: (inputs) => oneOf(inputs, "status", ["Active", "Inactive"]),
  create: (aws, inputs) =>
    createAccessKey(aws, String(inputs.user), inputs.status as AccessKeyDocument["Status"]),
  read(aws, id) {
    const found = aws.store.data.accessKeys[id];
    return (
      found && {
        user: found.UserName,
        status: found.Status,
        createDate: found.CreateDate,
        secret: aws.vault.data.secretAccessKeys[id],
      }
    );
  },
  update(aws, id, inputs) {
    Object.assign(aws.store.data.accessKeys[id] ?? {}, { Status: inputs.status });
    aws.store.save();
  },
  delete: (aws, id) => deleteAccessKey(aws, id),
};

const openIdConnectProvider: ResourceType<Aws> = {
  replaceOn: ["url"],
  optionalComputed: ["thumbprintLists"],
  sets: ["clientIdLists"],
  create: (aws, inputs) =>
    createOpenIdConnectProvider(
      aws,
      String(inputs.url),
      inputs.clientIdLists as string[],
      inputs.thumbprintLists as string[] | undefined,
      tagInputs(inputs),
    ),
  read(aws, id) {
    const found = aws.store.data.openIdConnectProviders[id];
    return (
      found && {
        arn: found.Arn,
        url: `https://${found.Url}`,
        clientIdLists: found.ClientIDList,
        thumbprintLists: found.ThumbprintList,
        ...tagOutputs(found.Tags),
      }
    );
  },
  update(aws, id, inputs) {
    Object.assign(aws.store.data.openIdConnectProviders[id] ?? {}, {
      ClientIDList: inputs.clientIdLists,
      Tags: tagSet(tagInputs(inputs)),
    });
    aws.store.save();
  },
  delete(aws, id) {
    delete aws.store.data.openIdConnectProviders[id];
    aws.store.save();
  },
};

export const iamResources: Record<string, ResourceType<Aws>> = {
  "aws:iam/user:User": user,
  "aws:iam/userPolicy:UserPolicy": inlinePolicy("User"),
  "aws:iam/userPoliciesExclusive:UserPoliciesExclusive": inlinePoliciesExclusive("User"),
  "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": attachmentsExclusive("User"),
  "aws:iam/accessKey:AccessKey": accessKey,
  "aws:iam/role:Role": role,
  "aws:iam/rolePolicy:RolePolicy": inlinePolicy("Role"),
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": inlinePoliciesExclusive("Role"),
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": attachmentsExclusive("Role"),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openIdConnectProvider,
};
