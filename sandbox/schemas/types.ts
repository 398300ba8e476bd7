/**
 * The resource types and functions that the program uses, by the file of the npm package that declares them.
 * `npm run schemas` reads their typings and writes one JSON file a package, which the stand-ins validate against.
 * Add a line here when a component starts to use another resource type.
 */
export interface PackageTypes {
  /** npm package. */
  package: string;
  /** Files below the package, without extension, each with one resource class or one function. */
  files: string[];
  /** Types of custom resource definitions, which the package has one untyped class for. */
  custom?: string[];
}

export const packages: Record<string, PackageTypes> = {
  github: {
    package: "@pulumi/github",
    files: [
      "provider",
      "repository",
      "branch",
      "branchDefault",
      "branchProtection",
      "repositoryRuleset",
      "repositoryEnvironment",
      "repositoryEnvironmentDeploymentPolicy",
      "actionsSecret",
      "actionsEnvironmentSecret",
      "actionsRepositoryPermissions",
      "workflowRepositoryPermissions",
      "getUser",
      "getRepository",
      "getBranch",
      "getRestApi",
    ],
  },
  digitalocean: {
    package: "@pulumi/digitalocean",
    files: [
      "provider",
      "vpc",
      "kubernetesCluster",
      "kubernetesNodePool",
      "getKubernetesVersions",
      "getVpc",
      "getKubernetesCluster",
    ],
  },
  kubernetes: {
    package: "@pulumi/kubernetes",
    files: [
      "provider",
      "core/v1/namespace",
      "core/v1/resourceQuota",
      "core/v1/limitRange",
      "core/v1/serviceAccount",
      "core/v1/secret",
      "core/v1/configMap",
      "core/v1/service",
      "apps/v1/deployment",
      "apps/v1/deploymentPatch",
      "autoscaling/v2/horizontalPodAutoscaler",
      "policy/v1/podDisruptionBudget",
      "networking/v1/networkPolicy",
      "rbac/v1/role",
      "rbac/v1/roleBinding",
    ],
    custom: [
      "kubernetes:gateway.networking.k8s.io/v1:Gateway",
      "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute",
    ],
  },
  aws: {
    package: "@pulumi/aws",
    files: [
      "provider",
      "s3/bucket",
      "s3/bucketPublicAccessBlock",
      "s3/bucketOwnershipControls",
      "s3/bucketVersioning",
      "s3/bucketServerSideEncryptionConfiguration",
      "s3/bucketLifecycleConfiguration",
      "s3/bucketPolicy",
      "cloudfront/distribution",
      "cloudfront/originAccessControl",
      "cloudfront/responseHeadersPolicy",
      "cloudfront/cachePolicy",
      "cloudfront/function",
      "iam/user",
      "iam/userPolicy",
      "iam/accessKey",
      "iam/role",
      "iam/rolePolicy",
      "iam/rolePoliciesExclusive",
      "iam/rolePolicyAttachmentsExclusive",
      "iam/userPoliciesExclusive",
      "iam/userPolicyAttachmentsExclusive",
      "iam/openIdConnectProvider",
      "acm/certificate",
      "getCallerIdentity",
      "cloudfront/getCachePolicy",
      "cloudfront/getResponseHeadersPolicy",
      "acm/getCertificate",
      "iam/getAccessKeys",
      "resourcegroupstaggingapi/getResources",
    ],
  },
  vercel: {
    package: "@pulumiverse/vercel",
    files: ["provider", "project", "projectDomain", "projectEnvironmentVariable", "getProject"],
  },
};
