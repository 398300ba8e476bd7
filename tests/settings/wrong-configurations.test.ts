import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { inspect } from "node:util";
import { checkSettings, type StackContext } from "../../settings.ts";
import { changed, kaiConfig } from "./kai.ts";

/** One mistake: what is changed in production's configuration, the key that is named, words of problem and remedy. */
type Mistake = [changes: Record<string, unknown>, key: string, problem: RegExp, remedy: RegExp];

const MISTAKES: Mistake[] = [
  // Names of settings
  [{ clutser: {} }, "kai:clutser", /not a setting/, /`cluster`/],
  [{ "services.0.naem": "x" }, "kai:services[0].naem", /not a setting/, /`name`/],
  [{ "cluster.maintenance.dya": "sunday" }, "kai:cluster.maintenance.dya", /not a setting/, /`day`/],
  [
    { "rules.xyz": 1 },
    "kai:rules.xyz",
    /not a setting/,
    /kind, mainOwner, profile, requiredReviews, mainPushMode/,
  ],
  [{ vercelTokn: true }, "kai:vercelTokn", /not a setting/, /`vercelToken`/],
  // Names that are taken
  [
    { "cluster.pools.1": { name: "system", size: "s-2vcpu-4gb", min: 1, max: 2 } },
    "kai:cluster.pools[1].name",
    /own pool/,
    /name: workers/,
  ],
  [{ "services.0.name": "kai-config" }, "kai:services[0].name", /something else/, /name: api-server/],
  [
    { "registry.username": "me@example.com" },
    "kai:registry.username",
    /can stand in an image name/,
    /username: basilakis/,
  ],
  // Environment
  [{ "environment.name": undefined }, "kai:environment.name", /is missing/, /name: staging/],
  [
    { "environment.name": "Production!" },
    "kai:environment.name",
    /`Production!` is not an environment/,
    /name:/,
  ],
  [{ "environment.branch": "refs/heads/main" }, "kai:environment.branch", /without refs\/heads/, /branch:/],
  [
    { "environment.branch": "mian" },
    "kai:environment.branch",
    /none of the branches main, staging/,
    /branch:/,
  ],
  [
    { "environment.reviewers": ["a", "b", "c", "d", "e", "f", "g"] },
    "kai:environment.reviewers",
    /more than 6/,
    /reviewers:/,
  ],
  [
    { "environment.reviewers": ["not a login"] },
    "kai:environment.reviewers[0]",
    /not a GitHub login/,
    /reviewers:/,
  ],
  [
    { "environment.reviewers": ["Mona", "mona"] },
    "kai:environment.reviewers[1]",
    /same as reviewer 1/,
    /once/,
  ],
  [
    { "environment.preventSelfReview": true },
    "kai:environment.preventSelfReview",
    /no deployment could ever be approved/,
    /preventSelfReview: false/,
  ],
  [
    { "environment.reviewers": [], "environment.preventSelfReview": true },
    "kai:environment.preventSelfReview",
    /nobody has to review/,
    /reviewers:/,
  ],
  [{ "environment.waitMinutes": 43_201 }, "kai:environment.waitMinutes", /from 0 to 43200/, /waitMinutes: 0/],
  [{ "environment.waitMinutes": 1.5 }, "kai:environment.waitMinutes", /whole number/, /waitMinutes:/],
  // Repository, branches, rules
  [{ "repository.owner": "-kai-" }, "kai:repository.owner", /not a GitHub login/, /owner: Basilakis/],
  [{ "repository.ownerType": "team" }, "kai:repository.ownerType", /user, organization/, /ownerType: user/],
  [{ "repository.name": "kai.git" }, "kai:repository.name", /not a repository name/, /name: kai/],
  [{ "repository.existing": "yes" }, "kai:repository.existing", /true or false/, /existing: true/],
  [
    { "repository.visibility": "internal" },
    "kai:repository.visibility",
    /public, private/,
    /visibility: public/,
  ],
  [{ "repository.ownerType": "organization" }, "kai:rules.mainOwner", /cannot push/, /ownerType: user/],
  [
    { "branches.staging": "main" },
    "kai:branches.staging",
    /same as kai:branches.production/,
    /staging: staging/,
  ],
  [{ "branches.development": "main/next" }, "kai:branches.development", /git cannot keep/, /slash/],
  [{ "branches.development": "a..b" }, "kai:branches.development", /not a branch name/, /development:/],
  [{ "rules.kind": "classic" }, "kai:rules.kind", /no push restrictions/, /kind: rulesets/],
  [{ "rules.kind": "rulset" }, "kai:rules.kind", /rulesets, classic/, /kind: rulesets/],
  [{ "rules.mainOwner": undefined }, "kai:rules.mainOwner", /missing/, /mainOwner: Basilakis/],
  [{ "rules.requiredReviews": 0 }, "kai:rules.requiredReviews", /from 1 to 10/, /requiredReviews: 1/],
  [{ "rules.requiredReviews": 11 }, "kai:rules.requiredReviews", /from 1 to 10/, /requiredReviews: 1/],
  [
    {
      "rules.requiredReviews": 7,
      "rules.kind": "classic",
      "repository.ownerType": "organization",
      "repository.owner": "kai-platform",
    },
    "kai:rules.requiredReviews",
    /at most 6/,
    /requiredReviews: 6/,
  ],
  [{ "rules.profile": "strong" }, "kai:rules.profile", /specification, hardened/, /profile: specification/],
  [{ "rules.codeOwners": "yes" }, "kai:rules.codeOwners", /true or false/, /codeOwners: true/],
  [{ "rules.protectedTags": ["v*", "v*"] }, "kai:rules.protectedTags[1]", /same as entry 1/, /once/],
  [{ "rules.otherChecks": [{ name: "Lint" }, { name: "Lint" }] }, "kai:rules.otherChecks[1]", /same/, /once/],
  [{ "rules.protectedTags": ["refs/tags/v*"] }, "kai:rules.protectedTags[0]", /without refs\/tags/, /v\*/],
  [{ "rules.otherChecks": [{ name: "" }] }, "kai:rules.otherChecks[0].name", /empty/, /name: Lint/],
  [
    { "rules.otherChecks": [{ name: "x", app: "ci" }] },
    "kai:rules.otherChecks[0].app",
    /App, or `any`/,
    /15368/,
  ],
  [{ "rules.frozen": ["main"] }, "kai:rules.frozen[0]", /production, staging, development/, /frozen/],
  [{ "rules.accepts": ["anything"] }, "kai:rules.accepts[0]", /lone-maintainer/, /accepts/],
  [{ "rules.patterns": { commitMessage: "(" } }, "kai:rules.patterns.commitMessage", /regular/, /feat/],
  [
    { "rules.patterns": { branchName: "(?i)^MAIN" } },
    "kai:rules.patterns.branchName",
    /which staging, development does not match/,
    /branchName:/,
  ],
  [{ "rules.patterns": { authorEmail: "(?=x)" } }, "kai:rules.patterns.authorEmail", /RE2/, /example/],
  [
    { "rules.patterns": { branchName: "^x" } },
    "kai:rules.patterns.branchName",
    /main, staging/,
    /branchName: /,
  ],
  [{ "rules.mainPushMode": "force" }, "kai:rules.mainPushMode", /merge-only, direct/, /mainPushMode:/],
  // Clouds
  [{ "clouds.aws": "no" }, "kai:clouds.aws", /true or false/, /aws: true/],
  [{ "clouds.azure": true }, "kai:clouds.azure", /not a setting/, /github, digitalocean/],
  [
    { "aws.credentials": "oidc", "clouds.github": false },
    "kai:aws.credentials",
    /kai:clouds\.github is false/,
    /credentials: keys/,
  ],
  // Cluster
  [{ "cluster.name": "Kai" }, "kai:cluster.name", /`Kai` is not a name/, /name: kai-staging/],
  [{ "cluster.region": "ams4" }, "kai:cluster.region", /not a region/, /region: ams3/],
  [
    { "cluster.versionPrefix": "1.33" },
    "kai:cluster.versionPrefix",
    /dot at the end/,
    /versionPrefix: "1.33."/,
  ],
  [{ "cluster.maintenance.day": "Sun" }, "kai:cluster.maintenance.day", /sunday/, /day: sunday/],
  [
    { "cluster.maintenance.startTime": "25:00" },
    "kai:cluster.maintenance.startTime",
    /time of day/,
    /"04:00"/,
  ],
  [{ "cluster.vpcRange": "10.20.0.0" }, "kai:cluster.vpcRange", /CIDR/, /vpcRange:/],
  [{ "cluster.vpcRange": "10.300.0.0/20" }, "kai:cluster.vpcRange", /CIDR/, /vpcRange:/],
  [{ "cluster.vpcRange": "10.20.0.5/20" }, "kai:cluster.vpcRange", /not the first/, /10\.20\.0\.0\/20/],
  [{ "cluster.vpcRange": "8.8.0.0/20" }, "kai:cluster.vpcRange", /not private/, /192\.168\.0\.0\/16/],
  [{ "cluster.vpcRange": "10.20.0.0/28" }, "kai:cluster.vpcRange", /\/16 to \/24/, /vpcRange:/],
  [
    { "cluster.serviceSubnet": "10.245.0.0/19" },
    "kai:cluster.serviceSubnet",
    /DigitalOcean uses itself/,
    /outside/,
  ],
  [
    { "cluster.clusterSubnet": "10.20.0.0/16" },
    "kai:cluster.clusterSubnet",
    /overlaps kai:cluster.vpcRange/,
    /share/,
  ],
  [
    { "cluster.clusterSubnet": "10.110.0.0/24" },
    "kai:cluster.clusterSubnet",
    /too small for 7 nodes/,
    /\/22/,
  ],
  [
    { "cluster.systemPool.size": "huge" },
    "kai:cluster.systemPool.size",
    /not a DigitalOcean size/,
    /s-2vcpu-4gb/,
  ],
  [{ "cluster.systemPool.count": 0 }, "kai:cluster.systemPool.count", /from 1 to 50/, /count: 1/],
  [
    { "cluster.pools.0.min": 6 },
    "kai:cluster.pools[0].min",
    /more than kai:cluster.pools\[0\].max/,
    /raise `max`/,
  ],
  [{ "cluster.pools.0.min": 0 }, "kai:cluster.pools[0].min", /from 1 to/, /min: 1/],
  [
    { "cluster.pools.1": { name: "workers", size: "s-2vcpu-4gb", min: 1, max: 1 } },
    "kai:cluster.pools[1].name",
    /same as kai:cluster.pools\[0\].name/,
    /own/,
  ],
  [
    { "cluster.pools.0.taints": [{ key: "ml", value: "yes", effect: "NoRun" }] },
    "kai:cluster.pools[0].taints[0].effect",
    /NoSchedule, PreferNoSchedule, NoExecute/,
    /effect: NoSchedule/,
  ],
  [
    { "cluster.pools.0.taints": [{ key: "a b", effect: "NoSchedule" }] },
    "kai:cluster.pools[0].taints[0].key",
    /not a Kubernetes taint key/,
    /workload/,
  ],
  [
    {
      "cluster.pools.0.taints": [
        { key: "a", effect: "NoSchedule" },
        { key: "a", value: "b", effect: "NoSchedule" },
      ],
    },
    "kai:cluster.pools[0].taints[1]",
    /repeats the taint/,
    /Remove/,
  ],
  [
    { "cluster.pools.0.labels": { "doks.digitalocean.com/x": "y" } },
    "kai:cluster.pools[0].labels.doks.digitalocean.com/x",
    /keep for themselves/,
    /workload/,
  ],
  // Namespace
  [{ "namespace.name": "kube-system" }, "kai:namespace.name", /keeps for itself/, /name:/],
  [{ "namespace.name": "a".repeat(64) }, "kai:namespace.name", /at most 63/, /name:/],
  [
    { "namespace.podSecurity": "strict" },
    "kai:namespace.podSecurity",
    /restricted, baseline/,
    /podSecurity:/,
  ],
  [{ "namespace.quota.cpu": "10" }, "kai:namespace.quota.cpu", /one more during an update/, /cpu: "11"/],
  [{ "namespace.quota.pods": 15 }, "kai:namespace.quota.pods", /too little/, /pods: 16/],
  [{ "namespace.quota.memory": "20Gi" }, "kai:namespace.quota.memory", /too little/, /memory: 21Gi/],
  [{ "namespace.quota.memory": "20 GB" }, "kai:namespace.quota.memory", /not a memory quantity/, /16Gi/],
  // Services
  [{ "services.0.name": "Kai_API" }, "kai:services[0].name", /lower-case/, /kai-api-server/],
  [
    { "services.1.name": "kai-api-server", "services.0.callsServices": [] },
    "kai:services[1].name",
    /same as/,
    /own/,
  ],
  [{ "services.0.container": "" }, "kai:services[0].container", /not a name/, /container: api-server/],
  [{ "services.0.image": "ghcr.io/Kai:1" }, "kai:services[0].image", /leave out the registry/, /image:/],
  [{ "services.1.port": "8000" }, "kai:services[1].port", /without quotes/, /port: 3000/],
  [{ "services.1.port": 70_000 }, "kai:services[1].port", /65535/, /port: 3000/],
  [{ "services.1.port": 80 }, "kai:services[1].port", /cannot listen below 1024/, /port: 8080/],
  [
    { "services.0.healthPath": "health" },
    "kai:services[0].healthPath",
    /begins with \//,
    /healthPath: \/health/,
  ],
  [{ "services.0.command": [] }, "kai:services[0].command", /empty/, /command:/],
  [{ "services.0.replicas.min": 11 }, "kai:services[0].replicas.min", /more than/, /raise `max`/],
  [{ "services.0.replicas.max": 0 }, "kai:services[0].replicas.max", /from 1 to/, /max: 5/],
  [
    { "services.0.replicas.cpuPercent": 0 },
    "kai:services[0].replicas.cpuPercent",
    /1 to 100/,
    /cpuPercent: 80/,
  ],
  [{ "services.0.requests.cpu": "500mm" }, "kai:services[0].requests.cpu", /not a cpu quantity/, /200m/],
  [{ "services.0.requests.memory": "512m" }, "kai:services[0].requests.memory", /not a memory/, /512Mi/],
  [{ "services.0.limits.memory": "512Mi" }, "kai:services[0].limits.memory", /less than/, /memory: 1Gi/],
  [
    { "services.1.requests.memory": "4Gi", "namespace.quota.memory": "64Gi" },
    "kai:services[1].requests.memory",
    /no pod would ever start/,
    /larger size/,
  ],
  [
    { "services.0.env": { "1BAD": "x" } },
    "kai:services[0].env.1BAD",
    /not the name of an environment/,
    /env:/,
  ],
  [{ "services.0.env": { LIST: [1] } }, "kai:services[0].env.LIST", /must be text/, /env:/],
  [{ "services.0.env.PORT": 4000 }, "kai:services[0].env.PORT", /nobody listens/, /Remove `PORT`/],
  [{ "services.0.host": "https://api.kai.dev" }, "kai:services[0].host", /without https/, /host: api/],
  [
    { "services.0.public": false, "services.0.path": undefined, "services.0.host": "a.kai.dev" },
    "kai:services[0].host",
    /not public/,
    /public: true/,
  ],
  [{ "services.1.path": "/" }, "kai:services[1].path", /never be reached/, /\/api\/ml/],
  [
    { "services.0.callsServices": ["kai-ml-service"] },
    "kai:services[0].callsServices[0]",
    /no service/,
    /`kai-ml-services`/,
  ],
  [
    { "services.0.callsServices": ["kai-api-server"] },
    "kai:services[0].callsServices[0]",
    /itself/,
    /Remove/,
  ],
  [{ "services.0.pool": "worker" }, "kai:services[0].pool", /no node pool/, /`workers`/],
  [{ services: "none" }, "kai:services", /must be a list/, /docs\/configuration.md/],
  // Sites
  [{ "sites.0.name": "Client" }, "kai:sites[0].name", /not a site name/, /name: client/],
  [{ "sites.0.name": "github-pages" }, "kai:sites[0].name", /not beginning with github/, /name: client/],
  [{ "sites.0.name": "a--b" }, "kai:sites[0].name", /single dashes/, /name: client/],
  [{ "sites.1.name": "client" }, "kai:sites[1].name", /same as kai:sites\[0\].name/, /own/],
  [{ "sites.0.hosting": "netlify" }, "kai:sites[0].hosting", /vercel, cloudfront, both/, /hosting: both/],
  [
    { "sites.0.directory": "../client" },
    "kai:sites[0].directory",
    /without \.\./,
    /directory: packages\/client/,
  ],
  [{ "sites.0.framework": "gatsbyy" }, "kai:sites[0].framework", /Vercel knows/, /framework: gatsby/],
  [
    { "sites.1.outputDirectory": ".next" },
    "kai:sites[1].outputDirectory",
    /CloudFront cannot run/,
    /hosting: vercel/,
  ],
  [{ "sites.0.domain": "kai" }, "kai:sites[0].domain", /not a domain name/, /domain: kai.example.com/],
  [{ "sites.0.domain": "a.kai.dev", "sites.1.domain": "a.kai.dev" }, "kai:sites[1].domain", /same as/, /own/],
  [{ "sites.0.routing": "single" }, "kai:sites[0].routing", /spa, static/, /routing: static/],
  [
    { "sites.0.variables": { "A-B": "x" } },
    "kai:sites[0].variables.A-B",
    /environment variable/,
    /variables:/,
  ],
  [
    { "clouds.aws": false, "sites.1.hosting": "vercel" },
    "kai:sites[0].hosting",
    /kai:clouds.aws is false/,
    /hosting: vercel/,
  ],
  [
    { "clouds.vercel": false, "sites.1.hosting": "cloudfront" },
    "kai:sites[0].hosting",
    /clouds.vercel is false/,
    /hosting: cloudfront/,
  ],
  // Accounts
  [{ "aws.region": "us-east-9" }, "kai:aws.region", /not a region of AWS/, /region: us-east-1/],
  [{ "aws.credentials": "key" }, "kai:aws.credentials", /oidc, keys/, /credentials: oidc/],
  [
    { "aws.oidcProviderArn": "arn:aws:iam::1:role/x" },
    "kai:aws.oidcProviderArn",
    /not the ARN/,
    /oidc-provider/,
  ],
  [{ "vercel.team": undefined }, "kai:vercel.team", /missing/, /team: kai/],
  [{ "vercel.team": "my team" }, "kai:vercel.team", /slug or id/, /team: kai/],
  [{ "registry.server": "https://ghcr.io" }, "kai:registry.server", /without https/, /server: ghcr.io/],
  [{ "registry.username": "" }, "kai:registry.username", /is not a user name/, /username: basilakis/],
  // Migrations and workflow
  [{ "migrations.directory": "/etc" }, "kai:migrations.directory", /relative/, /directory: migrations/],
  [
    { "migrations.table": "schema-migrations" },
    "kai:migrations.table",
    /SQL name/,
    /table: schema_migrations/,
  ],
  [{ "migrations.schema": "" }, "kai:migrations.schema", /SQL name/, /schema: public/],
  [
    { "workflow.nodeVersion": "latest" },
    "kai:workflow.nodeVersion",
    /not a Node version/,
    /nodeVersion: "22"/,
  ],
  [
    { "workflow.packageManager": "bun" },
    "kai:workflow.packageManager",
    /npm, yarn, pnpm/,
    /packageManager: yarn/,
  ],
  [{ "workflow.monitoring.minutes": 90 }, "kai:workflow.monitoring.minutes", /60/, /minutes: 5/],
  [
    { "workflow.monitoring.errorPercent": -1 },
    "kai:workflow.monitoring.errorPercent",
    /100/,
    /errorPercent: 1/,
  ],
  [{ "workflow.commands.lint": "a\nb" }, "kai:workflow.commands.lint", /one line/, /lint: yarn lint/],
  [
    { "workflow.commands.lint": "echo $" + "{{ secrets.X }}" },
    "kai:workflow.commands.lint",
    /expressions/,
    /lint:/,
  ],
  [{ "adopt.repository": "" }, "kai:adopt.repository", /empty/, /adopt:/],
  [{ ownsRepository: "maybe" }, "kai:ownsRepository", /true or false/, /ownsRepository: true/],
  // Secrets
  ...[
    "vercelToken",
    "digitaloceanAccessToken",
    "dockerPassword",
    "mongodbUri",
    "supabaseUrl",
    "supabaseKey",
    "databaseUrl",
  ].map(
    (key): Mistake => [
      { [key]: "" },
      `kai:${key}`,
      /is not set/,
      new RegExp(`^pulumi config set --secret kai:${key} --stack production$`),
    ],
  ),
  [
    { mongodbUri: "mongodb://x\n" },
    "kai:mongodbUri",
    /white space/,
    /pulumi config set --secret kai:mongodbUri/,
  ],
];

describe("one mistake in an otherwise right configuration", () => {
  let config: Record<string, unknown>;
  before(async () => {
    config = await kaiConfig("production");
  });

  it("the configuration is right without it", () => {
    assert.deepEqual(checkSettings("production", config).problems, []);
  });

  for (const [changes, key, problem, remedy] of MISTAKES) {
    it(`${inspect(changes).slice(0, 90)} → ${key}`, () => {
      const result = checkSettings("production", changed(config, changes));
      assert.equal(result.settings, undefined);
      assert.deepEqual(
        result.problems.map((found) => found.key),
        [key],
      );
      assert.match(result.problems[0]?.problem ?? "", problem);
      assert.match(result.problems[0]?.remedy ?? "", remedy);
    });
  }

  it("covers at least 100 mistakes, each another one", () => {
    const shown = MISTAKES.map(([changes]) => inspect(changes));
    assert.ok(new Set(shown).size === shown.length && shown.length >= 100, String(shown.length));
  });
});

describe("two stacks that do not go together", () => {
  /** What is changed in staging, and the key that production's check names. */
  const CLASHES: Mistake[] = [
    [
      { ownsRepository: true },
      "kai:ownsRepository",
      /stack staging as well/,
      /kai:ownsRepository false --stack staging/,
    ],
    [{ "environment.name": "production" }, "kai:environment.name", /same as in stack staging/, /name:/],
    [
      { "environment.branch": "main" },
      "kai:environment.branch",
      /same as in stack staging/,
      /there are three: main, staging, development/,
    ],
    [{ "cluster.name": "kai-production" }, "kai:cluster.name", /same as/, /name: kai-production/],
    [{ "namespace.name": "kai" }, "kai:namespace.name", /same as/, /name:/],
    [
      { "cluster.vpcRange": "10.20.8.0/21" },
      "kai:cluster.vpcRange",
      /overlaps vpcRange of stack staging/,
      /own/,
    ],
    [
      { "cluster.clusterSubnet": "10.111.0.0/16" },
      "kai:cluster.serviceSubnet",
      /overlaps clusterSubnet/,
      /own/,
    ],
    [{ "repository.name": "other" }, "kai:repository.name", /share one repository/, /Pulumi.yaml/],
    [{ "branches.staging": "stage" }, "kai:branches.staging", /share one repository/, /Pulumi.yaml/],
  ];
  for (const [changes, key, problem, remedy] of CLASHES) {
    it(`${JSON.stringify(changes)} in staging → ${key}`, async () => {
      const siblings = { staging: changed(await kaiConfig("staging"), changes) };
      const { problems } = checkSettings("production", await kaiConfig("production"), { siblings });
      assert.deepEqual(
        problems.map((found) => found.key),
        [key],
      );
      assert.match(problems[0]?.problem ?? "", problem);
      assert.match(problems[0]?.remedy ?? "", remedy);
    });
  }

  it("a domain that both stacks give a site is refused", async () => {
    const changes = { "sites.0.domain": "kai.example.com" };
    const siblings = { staging: changed(await kaiConfig("staging"), changes) };
    const own = changed(await kaiConfig("production"), changes);
    const { problems } = checkSettings("production", own, { siblings });
    assert.deepEqual(
      problems.map((found) => found.key),
      ["kai:sites[0].domain"],
    );
    assert.match(problems[0]?.problem ?? "", /`kai.example.com`, the same as in stack staging/);
  });

  it("one environment name is refused without GitHub, too: buckets and identities carry it", async () => {
    const changes = { clouds: { github: false }, "environment.name": "one" };
    const siblings = { staging: changed(await kaiConfig("staging"), changes) };
    const own = changed(await kaiConfig("production"), changes);
    assert.deepEqual(
      checkSettings("production", own, { siblings }).problems.map(({ key }) => key),
      ["kai:environment.name"],
    );
  });

  it("names the stack that should own the repository when none does", async () => {
    const siblings = { production: changed(await kaiConfig("production"), { ownsRepository: false }) };
    const { problems } = checkSettings("staging", await kaiConfig("staging"), { siblings });
    assert.deepEqual(
      problems.map((found) => found.key),
      ["kai:ownsRepository"],
    );
    assert.match(problems[0]?.remedy ?? "", /kai:ownsRepository true --stack production/);
  });

  it("environment names that would give the same variable names are refused", async () => {
    const siblings = { staging: changed(await kaiConfig("staging"), { "environment.name": "pre_prod" }) };
    const own = changed(await kaiConfig("production"), { "environment.name": "pre-prod" });
    const { problems } = checkSettings("production", own, { siblings });
    assert.match(problems[0]?.problem ?? "", /too near to `pre_prod`/);
  });
});

describe("how values are kept", () => {
  const context = (encrypted: string[]): StackContext => ({ isEncrypted: (key) => encrypted.includes(key) });

  it("a secret in clear text is refused, and not repeated in the message", async () => {
    const config = changed(await kaiConfig("production"), { vercelToken: "s3cret-value" });
    const { problems } = checkSettings("production", config, context([]));
    assert.deepEqual(
      problems.map(({ key }) => key),
      ["kai:vercelToken"],
    );
    assert.doesNotMatch(JSON.stringify(problems), /s3cret-value/);
  });

  it("an encrypted section is refused: its values would be needed in names", async () => {
    const { problems } = checkSettings("production", await kaiConfig("production"), context(["services"]));
    assert.deepEqual(
      problems.map(({ key }) => key),
      ["kai:services"],
    );
  });
});
