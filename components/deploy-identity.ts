import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity.js";
import { AccessKey } from "@pulumi/aws/iam/accessKey.js";
import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePoliciesExclusive } from "@pulumi/aws/iam/rolePoliciesExclusive.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { RolePolicyAttachmentsExclusive } from "@pulumi/aws/iam/rolePolicyAttachmentsExclusive.js";
import { User } from "@pulumi/aws/iam/user.js";
import { UserPoliciesExclusive } from "@pulumi/aws/iam/userPoliciesExclusive.js";
import { UserPolicy } from "@pulumi/aws/iam/userPolicy.js";
import { UserPolicyAttachmentsExclusive } from "@pulumi/aws/iam/userPolicyAttachmentsExclusive.js";
import * as pulumi from "@pulumi/pulumi";
import { OIDC_AUDIENCE, OIDC_ISSUER, siteDeployPolicy, trustPolicy } from "../pipeline/policies.ts";

/** Whose jobs may take the role. */
export interface TrustArgs {
  /** Login of the repository's owner. */
  owner: string;
  /** Numeric id of the owner, as text. */
  ownerId: pulumi.Input<string>;
  /** Repository name without the owner. */
  repository: string;
  /** Numeric id of the repository, as text. */
  repositoryId: pulumi.Input<string>;
  /** GitHub environment that a job must run in. */
  environment: string;
  /** ARN of the account's identity provider for GitHub, where it is not this program's. */
  providerArn?: string;
  /**
   * Whether this stack creates the account's identity provider when no `providerArn` is given. An account holds one,
   * so one stack creates it and the others refer to it.
   */
  createsProvider: boolean;
}

/** How the workflow signs in to AWS, and what it may change there. */
export interface DeployIdentityArgs {
  /** Name of the IAM user or role; unique in the account. */
  identityName: string;
  /** `keys`: a user with an access key. `oidc`: a role that jobs of one environment take, without a stored key. */
  credentials: { kind: "keys" } | { kind: "oidc"; trust: TrustArgs };
  /** Buckets whose files it may list, replace and delete; at least one. */
  bucketArns: pulumi.Input<string>[];
  /** Distributions whose caches it may invalidate; at least one. */
  distributionArns: pulumi.Input<string>[];
  /** Tags of the user or the role. */
  tags: Record<string, string>;
}

/**
 * The identity that the workflow deploys the sites with. It has one policy of three statements; other policies,
 * inline or attached, are taken away at the next `up`.
 */
export class DeployIdentity extends pulumi.ComponentResource {
  /** With `keys`: the id of the access key. */
  readonly accessKeyId: pulumi.Output<string> | undefined;
  /** With `keys`: the secret access key, a secret. */
  readonly secretAccessKey: pulumi.Output<string> | undefined;
  /** With `oidc`: the role to take. */
  readonly roleArn: pulumi.Output<string> | undefined;

  readonly #name: string;
  readonly #args: DeployIdentityArgs;
  readonly #policy: pulumi.Output<string>;

  constructor(name: string, args: DeployIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kai:sites:DeployIdentity", name, {}, opts);
    this.#name = name;
    this.#args = args;
    this.#policy = pulumi
      .all([pulumi.all(args.bucketArns), pulumi.all(args.distributionArns)])
      .apply(([bucketArns, distributionArns]) =>
        JSON.stringify(siteDeployPolicy({ bucketArns, distributionArns })),
      );

    if (args.credentials.kind === "keys") {
      const key = this.#userWithKey();
      this.accessKeyId = key.id;
      this.secretAccessKey = pulumi.secret(key.secret);
    } else {
      this.roleArn = this.#role(args.credentials.trust).arn;
    }
    this.registerOutputs({
      accessKeyId: this.accessKeyId,
      secretAccessKey: this.secretAccessKey,
      roleArn: this.roleArn,
    });
  }

  #userWithKey(): AccessKey {
    const { identityName, tags } = this.#args;
    const parent = { parent: this };
    const user = new User(`${this.#name}-user`, { name: identityName, tags }, parent);
    const policy = new UserPolicy(
      `${this.#name}-policy`,
      { name: "deploy-sites", user: user.name, policy: this.#policy },
      parent,
    );
    new UserPoliciesExclusive(
      `${this.#name}-policies`,
      { userName: user.name, policyNames: [policy.name] },
      parent,
    );
    new UserPolicyAttachmentsExclusive(
      `${this.#name}-attachments`,
      { userName: user.name, policyArns: [] },
      parent,
    );
    return new AccessKey(`${this.#name}-key`, { user: user.name }, parent);
  }

  #role(trust: TrustArgs): Role {
    const { identityName, tags } = this.#args;
    const parent = { parent: this };
    const assumeRolePolicy = pulumi
      .all([this.#providerArn(trust), trust.ownerId, trust.repositoryId])
      .apply(([providerArn, ownerId, repositoryId]) =>
        JSON.stringify(trustPolicy({ ...trust, providerArn, ownerId, repositoryId })),
      );
    const role = new Role(
      `${this.#name}-role`,
      {
        name: identityName,
        description: `Deploys the sites of ${trust.owner}/${trust.repository}, ${trust.environment}`,
        assumeRolePolicy,
        tags,
      },
      parent,
    );
    const policy = new RolePolicy(
      `${this.#name}-policy`,
      { name: "deploy-sites", role: role.name, policy: this.#policy },
      parent,
    );
    new RolePoliciesExclusive(
      `${this.#name}-policies`,
      { roleName: role.name, policyNames: [policy.name] },
      parent,
    );
    new RolePolicyAttachmentsExclusive(
      `${this.#name}-attachments`,
      { roleName: role.name, policyArns: [] },
      parent,
    );
    return role;
  }

  /** The account's provider for GitHub: given, created here, or known by its fixed ARN. */
  #providerArn({ providerArn, createsProvider }: TrustArgs): pulumi.Input<string> {
    if (providerArn !== undefined) return providerArn;
    if (createsProvider) {
      const provider = new OpenIdConnectProvider(
        `${this.#name}-oidc`,
        { url: `https://${OIDC_ISSUER}`, clientIdLists: [OIDC_AUDIENCE], tags: this.#args.tags },
        { parent: this },
      );
      return provider.arn;
    }
    const { accountId } = getCallerIdentityOutput({}, { parent: this });
    return pulumi.interpolate`arn:aws:iam::${accountId}:oidc-provider/${OIDC_ISSUER}`;
  }
}
