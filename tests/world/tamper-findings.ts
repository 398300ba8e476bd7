/** What drift must say about every ready change by hand, in a world of the project's own stack files. */

/** A value as the report has it; a pattern for a text in which the world's own ids stand. */
type Expected = unknown | RegExp;

/** One line of a report. */
export interface ExpectedFinding {
  /** Logical name of the resource. */
  name: string;
  /** Where, as a property path; left out where the whole object is gone. */
  property?: string;
  /** What the last `up` gave it; left out where it was not set. */
  wanted?: Expected;
  /** What the cloud has now; left out where it is not set. */
  found?: Expected;
}

/** What one change by hand is found by. */
export interface ExpectedOf {
  stack: "production" | "staging";
  /**
   * Changes that would hide each other, such as an object's edit and its deletion, are made in different rounds. What no
   * `up` puts back comes last.
   */
  round: 1 | 2 | 3;
  findings: ExpectedFinding[];
}

function changed(name: string, property: string, wanted: Expected, found: Expected): ExpectedFinding {
  return { name, property, ...(wanted !== undefined && { wanted }), ...(found !== undefined && { found }) };
}

function production(...findings: ExpectedFinding[]): ExpectedOf {
  return { stack: "production", round: 1, findings };
}

function staging(...findings: ExpectedFinding[]): ExpectedOf {
  return { stack: "staging", round: 1, findings };
}

function productionLater(...findings: ExpectedFinding[]): ExpectedOf {
  return { stack: "production", round: 2, findings };
}

/** What the engine does not compare, and no `up` puts back. */
function unseen(stack: ExpectedOf["stack"], ...findings: ExpectedFinding[]): ExpectedOf {
  return { stack, round: 3, findings };
}

const nothing = undefined;
const secret = "[secret]";
const container = "spec.template.spec.containers[0]";

export const expectedFindings: Record<string, ExpectedOf> = {
  "github-rule-disabled": production(changed("rules-main-quality", "enforcement", "active", "disabled")),
  "github-rule-deleted": production({ name: "rules-main-owner-lock" }),
  "github-bypass-added": production(
    changed("rules-main-quality", "bypassActors[0]", nothing, {
      actorId: 4,
      actorType: "RepositoryRole",
      bypassMode: "always",
    }),
  ),
  "github-check-removed": production(
    changed(
      "rules-staging",
      "rules.requiredStatusChecks",
      {
        doNotEnforceOnCreate: true,
        requiredChecks: [{ context: "Build and Test", integrationId: 15368 }],
        strictRequiredStatusChecksPolicy: false,
      },
      nothing,
    ),
  ),
  "github-force-push-allowed": production(changed("rules-development", "rules.nonFastForward", true, false)),
  "github-merge-commits-allowed": production(changed("kai-repository", "allowMergeCommit", false, true)),
  "github-branch-deleted": production({ name: "kai-branch-development" }),
  "github-default-branch-changed": production(changed("kai-default-branch", "branch", "main", "staging")),
  "github-workflow-token-widened": production(
    changed("kai-workflow-permissions", "canApprovePullRequestReviews", false, true),
    changed("kai-workflow-permissions", "defaultWorkflowPermissions", "read", "write"),
  ),
  "github-admins-may-bypass": production(changed("production-environment", "canAdminsBypass", false, true)),
  "github-reviewer-exchanged": production(
    changed("production-environment", "reviewers[0].users", [58231104], [70112845]),
  ),
  "github-branch-policy-widened": staging(changed("staging-branch-staging", "branchPattern", "staging", "*")),
  "github-secret-deleted": production({ name: "production-secret-MONGODB_URI" }),

  "github-secret-overwritten": unseen(
    "production",
    changed("production-secret-MONGODB_URI", "updatedAt", /^\d{4}-/, /^\d{4}-/),
  ),
  "github-secret-added": unseen(
    "production",
    changed("production-environment", 'secrets["DEPLOY_TOKEN"]', nothing, /^written at \d{4}-/),
  ),
  "github-reviewers-removed": unseen(
    "production",
    changed("production-environment", "reviewers", ["user 58231104"], []),
  ),
  "github-branch-policy-added": unseen(
    "staging",
    changed(
      "staging-environment",
      'deploymentPolicies["hotfix/*"]',
      nothing,
      "a branch of this name may use the environment",
    ),
  ),
  "github-ruleset-added": unseen(
    "production",
    changed("kai-repository", 'rulesets["signatures"]', nothing, {
      from: "the repository",
      rules: ["required_signatures"],
    }),
  ),
  "github-classic-rule-added": unseen(
    "production",
    changed("kai-repository", 'branchProtections["dev*"]', nothing, { lockBranch: true }),
  ),
  "github-deploy-key-added": unseen(
    "production",
    changed("kai-repository", 'deployKeys["build server"]', nothing, /^may write, since \d{4}-/),
  ),
  "github-actions-off": unseen("production", changed("kai-repository", "actions.enabled", true, false)),
  "github-workflow-edited": unseen(
    "production",
    changed(
      "kai-repository",
      'workflowFiles[".github/workflows/deploy.yml"]',
      /^line 1: # Generated /,
      "line 1: name: Deploy",
    ),
  ),

  "digitalocean-pool-bound": production(changed("cluster-pool-workers", "maxNodes", 5, 25)),
  "digitalocean-pool-taint": production(
    changed("cluster-pool-workers", "taints[0]", nothing, {
      key: "maintenance",
      value: "yes",
      effect: "NoExecute",
    }),
  ),
  "digitalocean-pool-deleted": productionLater({ name: "cluster-pool-workers" }),
  "digitalocean-system-pool-scaled": production(changed("cluster-kubernetes", "nodePool.nodeCount", 2, 3)),
  "digitalocean-auto-upgrade-off": production(changed("cluster-kubernetes", "autoUpgrade", true, false)),
  "digitalocean-maintenance-moved": production(
    changed("cluster-kubernetes", "maintenancePolicy.day", "sunday", "tuesday"),
  ),
  "digitalocean-tags-removed": production(changed("cluster-kubernetes", "tags", ["kai", "production"], [])),
  "digitalocean-vpc-renamed": production(
    changed("cluster-vpc", "name", "kai-production-vpc", "kai-production-vpc-renamed"),
  ),

  "kubernetes-memory-limit": production(
    changed("kai-api-server-deployment-patch", `${container}.resources.limits.memory`, "4Gi", "16Gi"),
  ),
  "kubernetes-probe-path": production(
    changed("kai-api-server-deployment-patch", `${container}.readinessProbe.httpGet.path`, "/health", "/"),
  ),
  "kubernetes-writable-root": production(
    changed(
      "kai-api-server-deployment-patch",
      `${container}.securityContext.readOnlyRootFilesystem`,
      true,
      false,
    ),
  ),
  "kubernetes-scaled-to-zero": unseen(
    "production",
    changed("kai-api-server-deployment", "spec.replicas", "3 to 10", 0),
  ),
  "kubernetes-rollout-paused": unseen(
    "production",
    changed("kai-api-server-deployment", "spec.paused", false, true),
  ),
  "kubernetes-image-exchanged": unseen(
    "production",
    changed(
      "kai-api-server-deployment",
      'spec.template.spec.containers["api-server"].image',
      "ghcr.io/basilakis/kai-api-server@sha256:…",
      "docker.io/library/nginx:1.29",
    ),
  ),
  "kubernetes-deployment-deleted": productionLater({ name: "kai-api-server-deployment" }),
  "kubernetes-autoscaler-capped": production(changed("kai-api-server-autoscaler", "spec.maxReplicas", 10, 3)),
  "kubernetes-target-port": production(
    changed("kai-api-server-service", "spec.ports[0].targetPort", "http", 9999),
  ),
  "kubernetes-config-changed": production(
    changed("namespace-config", "data.DEPLOYMENT_ENVIRONMENT", "production", "somewhere"),
  ),
  "kubernetes-secret-changed": production(changed("namespace-secrets", "data.MONGODB_URI", secret, secret)),
  "kubernetes-policy-opened": production(
    changed("namespace-policy-default-deny", "spec.policyTypes", ["Ingress", "Egress"], ["Ingress"]),
  ),
  "kubernetes-role-widened": production(
    changed("deployer-role", "rules[0].verbs", ["get", "list", "watch"], ["*"]),
  ),
  "kubernetes-budget-deleted": production({ name: "kai-api-server-budget" }),
  "kubernetes-quota-raised": production(changed("namespace-quota", "spec.hard.pods", "100", "1000")),
  "kubernetes-pod-security-lowered": production(
    changed(
      "namespace-namespace",
      'metadata.labels["pod-security.kubernetes.io/enforce"]',
      "restricted",
      "privileged",
    ),
  ),

  "aws-public-access-opened": production(
    changed("admin-bucket-public-access", "blockPublicPolicy", true, false),
  ),
  "aws-bucket-policy-public": production(
    changed("admin-bucket-policy", "policy", /"Sid":"CloudFrontReads"/, /"Sid":"PublicRead"/),
  ),
  "aws-versioning-suspended": production(
    changed("admin-bucket-versioning", "versioningConfiguration.status", "Enabled", "Suspended"),
  ),
  "aws-lifecycle-deleted": production({ name: "admin-bucket-lifecycle" }),
  "aws-bucket-tagged": production(changed("admin-bucket-bucket", "tags.cost-center", nothing, "42")),
  "aws-distribution-disabled": production(changed("admin-bucket-distribution", "enabled", true, false)),
  "aws-http-allowed": production(
    changed(
      "admin-bucket-distribution",
      "defaultCacheBehavior.viewerProtocolPolicy",
      "redirect-to-https",
      "allow-all",
    ),
  ),
  "aws-origin-retries": production(
    changed("admin-bucket-distribution", "origins[0].connectionAttempts", 3, 1),
  ),
  "aws-function-edited": production(
    changed("admin-bucket-router", "code", /^function handler/, /^\/\/ quick fix\nfunction handler/),
  ),
  "aws-frame-option-loosened": production(
    changed(
      "admin-bucket-assets-headers",
      "securityHeadersConfig.frameOptions.frameOption",
      "DENY",
      "SAMEORIGIN",
    ),
  ),
  "aws-administrator-attached": production(
    changed("site-deployer-attachments", "policyArns", [], ["arn:aws:iam::aws:policy/AdministratorAccess"]),
  ),
  "aws-inline-policy-added": production(
    changed("site-deployer-policies", "policyNames", ["deploy-sites"], ["deploy-sites", "temporary"]),
  ),
  "aws-deploy-policy-widened": production(
    changed("site-deployer-policy", "policy", /\["s3:PutObject",/, /\["s3:\*",/),
  ),
  "aws-access-key-inactive": production(changed("site-deployer-key", "status", "Active", "Inactive")),
  "aws-access-key-deleted": productionLater({ name: "site-deployer-key" }),

  "vercel-framework-changed": production(changed("admin-vercel-project", "framework", "nextjs", "vite")),
  "vercel-root-directory-changed": production(
    changed("admin-vercel-project", "rootDirectory", "packages/admin", "apps/old"),
  ),
  "vercel-build-command-overridden": production(
    changed("admin-vercel-project", "buildCommand", nothing, "npm run build:debug"),
  ),
  "vercel-protection-off": production(
    changed("admin-vercel-project", "vercelAuthentication.deploymentType", "standard_protection_new", "none"),
  ),
  "vercel-ignore-command-set": production(
    changed("admin-vercel-project", "ignoreCommand", nothing, "exit 0"),
  ),
  "vercel-repository-linked": production(
    changed("admin-vercel-project", "gitRepository", nothing, {
      type: "github",
      repo: "Basilakis/kai",
      productionBranch: "main",
    }),
  ),
  "vercel-project-renamed": production(
    changed("admin-vercel-project", "name", "kai-production-admin", "kai-production-admin-old"),
  ),

  "database-row-deleted": staging(
    changed("database-schema", "files[2].checksum", /^[0-9a-f]{64}$/, "no row in the history"),
  ),
  "database-row-added": staging(
    changed("database-schema", "files[3]", nothing, { name: "999_by_hand.sql", checksum: "f".repeat(64) }),
  ),
  "database-checksum-changed": staging(
    changed("database-schema", "files[0].checksum", /^[0-9a-f]{64}$/, "0".repeat(64)),
  ),
};
