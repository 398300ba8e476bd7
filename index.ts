/** The pipeline: settings and the model in, components out. One `pulumi up` per stack reconciles all of it. */
import * as pulumi from "@pulumi/pulumi";
import { adoptExisting } from "./components/adoption.ts";
import { Application } from "./components/application.ts";
import { Delivery } from "./components/delivery.ts";
import { GeneratedSecret } from "./components/generated-secret.ts";
import { awsTrust, findRepository, findUsers } from "./components/github-lookups.ts";
import { Migrations } from "./components/migrations.ts";
import { githubProvider } from "./components/providers.ts";
import { repositoryFacts } from "./components/repository-facts.ts";
import { secretValues } from "./components/secret-values.ts";
import { Sites } from "./components/sites.ts";
import { readMigrations } from "./database/index.ts";
import { checkPipeline } from "./pipeline/check.ts";
import { settledNotes } from "./pipeline/contradictions.ts";
import { usesAws } from "./pipeline/workflows/program.ts";
import { readProgramSettings } from "./program-settings.ts";
import { type SecretKey, settingsNotes } from "./settings.ts";

// Node strips types in place, so no stack needs mapping, and the SDK's mapping is a fifth of a preview. ts-node moves code.
if (!(Symbol.for("ts-node.register.instance") in process)) Reflect.deleteProperty(Error, "prepareStackTrace");

// The SDK (3.270) tells of a broken pipe by writing into it, without end: a killed engine left a program that ate the machine.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));

// Everything that can be wrong is found before the first resource.
const { settings, environments } = await readProgramSettings();
const { clouds, environment, migrations } = settings;
checkPipeline(settings);
for (const note of settingsNotes(settings)) pulumi.log.info(note);
const files = clouds.database ? await readMigrations(migrations.directory) : [];
const github = clouds.github ? githubProvider(settings) : undefined;
if (github) {
  await findRepository(settings, github);
  const facts = { ...(await repositoryFacts(settings, github)), ...(environments && { environments }) };
  for (const note of settledNotes(settings, facts)) pulumi.log.info(note);
}
const users = github && (await findUsers([settings.rules.mainOwner, ...environment.reviewers], github));
const signsIn = settings.aws.credentials === "oidc" && usesAws(settings);
const trust = signsIn && github ? await awsTrust(settings, github) : undefined;
const checkAdopted = adoptExisting(settings.adopt);

const config = new pulumi.Config();
const jwtSecret = settings.secrets.has("jwtSecret")
  ? config.requireSecret("jwtSecret")
  : new GeneratedSecret("jwt-secret").value;
const configured = (key: SecretKey) => (key === "jwtSecret" ? jwtSecret : config.requireSecret(key));

// The schema first: no workload changes before it is migrated.
const database = clouds.database
  ? new Migrations("database", { ...migrations, target: environment.name, files })
  : undefined;
const application = clouds.digitalocean
  ? new Application("application", {
      settings,
      registryPassword: configured("dockerPassword"),
      secrets: {
        MONGODB_URI: configured("mongodbUri"),
        JWT_SECRET: jwtSecret,
        ...(clouds.database && {
          SUPABASE_URL: configured("supabaseUrl"),
          SUPABASE_KEY: configured("supabaseKey"),
        }),
      },
      migrations: database ? [database] : [],
    })
  : undefined;
const sites = new Sites("sites", { settings, ...(trust && { trust }) });
if (github && users) {
  const secrets = secretValues(settings, { configured, application, sites });
  new Delivery("delivery", { settings, users, secrets }, { provider: github });
}
checkAdopted();

// Not `undefined` where there is no cluster: the engine warns of it in every run.
export const namespace = application?.namespace ?? null;
export const siteAddresses = pulumi.all(
  Object.fromEntries([...sites.buckets].map(([name, site]) => [name, site.domainName])),
);
export const domainValidation = pulumi.all(
  Object.fromEntries([...sites.buckets].map(([name, site]) => [name, site.validationRecords])),
);
