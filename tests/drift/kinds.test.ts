/**
 * Kinds of change by hand, from the engine's events or from GitHub's own answers to the report: each with its class,
 * severity, wanted and found. The same changes are made on the simulated clouds in `tests/world/tampers.test.ts`.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judge } from "../../drift/classes.ts";
import type { Difference } from "../../drift/differences.ts";
import { type Finding, findingsOf, fingerprint } from "../../drift/findings.ts";
import { cloudOf } from "../../engine/urn.ts";
import { expectedFindings } from "../world/tamper-findings.ts";
import { judgements } from "../world/tamper-judgements.ts";
import { digestOfSteps, step } from "./steps.ts";

/** A kind that no ready change of the sandbox makes. */
type Kind = [type: string, property: string, wanted: unknown, found: unknown, judged: string];

const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
const REPOSITORY = "github:index/repository:Repository";
const DATABASE = "pulumi-nodejs:dynamic:Resource";
const PATCH = "kubernetes:apps/v1:DeploymentPatch";
const CONTAINER = "spec.template.spec.containers[0]";

const MORE: Record<string, Kind> = {
  "fewer reviews": [RULESET, "rules.pullRequest.requiredApprovingReviewCount", 1, 0, "high protection"],
  "a classic rule weakened": [
    "github:index/branchProtection:BranchProtection",
    "enforceAdmins",
    true,
    false,
    "high protection",
  ],
  "the repository made private": [REPOSITORY, "visibility", "public", "private", "high access"],
  "the wiki on": [REPOSITORY, "hasWiki", false, true, "low cosmetic"],
  "the waiting time shortened": [
    "github:index/repositoryEnvironment:RepositoryEnvironment",
    "waitTimer",
    30,
    5,
    "high protection",
  ],
  "actions need no pin": [
    "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions",
    "shaPinningRequired",
    true,
    false,
    "high access",
  ],
  "another size of node": [
    "digitalocean:index/kubernetesNodePool:KubernetesNodePool",
    "size",
    "s-2vcpu-4gb",
    "s-8vcpu-16gb",
    "medium capacity",
  ],
  "another minor version": [
    "digitalocean:index/kubernetesCluster:KubernetesCluster",
    "version",
    "1.33.1-do.0",
    "1.34.1-do.0",
    "medium protection",
  ],
  "a service account of other rights": [
    PATCH,
    "spec.template.spec.serviceAccountName",
    "a",
    "admin",
    "high protection",
  ],
  "a variable of a container": [PATCH, `${CONTAINER}.env[0].value`, "production", "debug", "medium capacity"],
  "a role bound to others": [
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
    "subjects[0].name",
    "deployer",
    "default",
    "high access",
  ],
  "a bucket without encryption": [
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
    "AES256",
    "none",
    "high protection",
  ],
  "a role that anybody assumes": ["aws:iam/role:Role", "assumeRolePolicy", "one", "everyone", "high access"],
  "another origin": [
    "aws:cloudfront/distribution:Distribution",
    "origins[0].domainName",
    "kai.s3.amazonaws.com",
    "example.com",
    "high capacity",
  ],
  "an old protocol": [
    "aws:cloudfront/distribution:Distribution",
    "viewerCertificate.minimumProtocolVersion",
    "TLSv1.2_2021",
    "TLSv1",
    "high protection",
  ],
  "a build variable": [
    "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable",
    "value",
    "https://api.example.com",
    "https://evil.example.com",
    "high secrets",
  ],
  "a domain moved": [
    "vercel:index/projectDomain:ProjectDomain",
    "redirect",
    "a.example.com",
    "b.example.com",
    "high capacity",
  ],
  "a column dropped": [
    DATABASE,
    "alteredTables",
    [],
    ["public.users (altered: column email dropped)"],
    "high data",
  ],
  "a policy changed": [
    DATABASE,
    "alteredTables",
    [],
    ["public.users (altered: policy own changed)"],
    "high data",
  ],
  "a table dropped": [DATABASE, "alteredTables", [], ["public.users (dropped)"], "high data"],
  "a file half applied": [DATABASE, "files[1].checksum", "ab", "ab (1 of 3 statements)", "high data"],
};

const judged = ({ severity, class: of }: Finding) => `${severity} ${of}`;

/** A text that a pattern of the table of ready changes fits. */
function sample(value: unknown): unknown {
  if (!(value instanceof RegExp)) return value;
  return value.source.replaceAll(/^\^|\$$|\\(?=[/[*])/g, "");
}

describe("every kind of change by hand", () => {
  it("is 60 kinds and more, over all clouds and the database", () => {
    const clouds = new Set(Object.values(judgements).map(([type]) => cloudOf(type)));
    assert.deepEqual([...clouds].sort(), [
      "aws",
      "database",
      "digitalocean",
      "github",
      "kubernetes",
      "vercel",
    ]);
    assert.ok(Object.keys(expectedFindings).length + Object.keys(MORE).length >= 60);
    assert.deepEqual(Object.keys(judgements).sort(), Object.keys(expectedFindings).sort());
  });

  for (const [id, { findings, stack, round }] of Object.entries(expectedFindings)) {
    const [type, expected] = judgements[id] as [string, string];
    it(`${id} is ${expected}`, () => {
      for (const { name, property, wanted, found } of findings) {
        const values = { wanted: sample(wanted), found: sample(found) };
        const seen =
          round === 3
            ? [beside(type, name, property as string, values)]
            : digestOfSteps([step(type, name, property, values.wanted, values.found)]).differences();
        const [finding, ...others] = findingsOf(stack, seen);
        assert.ok(finding, "found");
        assert.deepEqual(others, []);
        assert.equal(judged(finding), expected);
        assert.equal(finding.property, property);
        if (values.wanted !== "[secret]") {
          assert.deepEqual([finding.wanted, finding.found], [values.wanted, values.found]);
        }
        assert.ok(finding.why.endsWith("."));
        assert.ok(finding.ways.revert.length > 0);
      }
    });
  }

  for (const [title, [type, property, wanted, found, expected]] of Object.entries(MORE)) {
    it(`${title} is ${expected}`, () => {
      const seen = digestOfSteps([step(type, "object", property, wanted, found)]).differences();
      const [finding] = findingsOf("production", seen);
      assert.ok(finding);
      assert.deepEqual(
        [judged(finding), finding.property, finding.wanted, finding.found],
        [expected, property, wanted, found],
      );
    });
  }
});

/** What GitHub itself told, or what runs in the cluster. */
function beside(type: string, name: string, property: string, values: object): Difference {
  const urn = `urn:pulumi:production::kai::${type}::${name}`;
  return {
    ...{ urn, type, name, id: name, cloud: cloudOf(type), kind: "changed", property, ...values },
    ...{ replaces: false, remedy: "By hand." },
  } as Difference;
}

describe("a type that no row knows", () => {
  const of = (type: string, property = "anything", kind: Difference["kind"] = "changed") =>
    judge({ ...beside(type, "n", property, {}), kind });

  it("is judged by its cloud, and never left out", () => {
    assert.equal(of("github:index/team:Team").class, "protection");
    assert.equal(of("digitalocean:index/droplet:Droplet").class, "capacity");
    assert.equal(of("kubernetes:batch/v1:CronJob").class, "capacity");
    assert.equal(of("cloudflare:index/record:Record").severity, "medium");
    for (const type of ["github:x:Y", "gcp:a:B", ""]) {
      const difference = { ...beside(type, "n", "p", { wanted: 1, found: 2 }) };
      assert.equal(findingsOf("s", [difference]).length, 1);
    }
  });

  it("is cosmetic where only its tags differ", () => {
    assert.deepEqual(of("aws:sns/topic:Topic", "tags.team").class, "cosmetic");
    assert.notEqual(of("kubernetes:batch/v1:CronJob", 'metadata.labels["app"]').class, "cosmetic");
  });
});

describe("a finding", () => {
  const one = beside(RULESET, "rules", "enforcement", { wanted: "active", found: "disabled" });

  it("is known again whatever the found value is, and told apart by object, property and kind", () => {
    assert.match(fingerprint(one), /^[0-9a-f]{12}$/);
    assert.equal(fingerprint({ ...one, found: "evaluate" }), fingerprint(one));
    for (const other of [{ urn: "x" }, { property: "name" }, { kind: "deleted" as const }]) {
      assert.notEqual(fingerprint({ ...one, ...other }), fingerprint(one));
    }
  });

  it("stands above those that matter less", () => {
    const low = beside(REPOSITORY, "a", "hasWiki", { wanted: false, found: true });
    const medium = beside(REPOSITORY, "a", "allowMergeCommit", { wanted: false, found: true });
    assert.deepEqual(
      findingsOf("s", [low, medium, one]).map(({ severity }) => severity),
      ["high", "medium", "low"],
    );
  });
});
