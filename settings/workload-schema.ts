import { z } from "zod";
import { checked, field, integer, oneOf, scalar, text } from "./fields.ts";
import * as is from "./formats.ts";
import { VERCEL_FRAMEWORKS } from "./known.ts";

const label = () =>
  checked(
    is.isDnsLabel,
    "is not a name of at most 63 lower-case letters, digits and dashes that begins with a letter",
  );
const cpu = () => scalar(is.isCpu, "is not a cpu quantity above zero");
const memory = () => scalar(is.isMemory, "is not a memory quantity above zero");
const domain = () =>
  checked(is.isDomainName, "is not a domain name; write it in lower case, without https:// and path");
const directory = () =>
  checked(is.isRelativeDirectory, "is not a folder relative to the repository's root, without ..");

/** Names of variables to values; the values are no secrets, they appear in clear text. */
const variables = () =>
  z
    .record(
      z.string(),
      scalar(() => true, ""),
    )
    .check((context) => {
      for (const name of Object.keys(context.value)) {
        if (is.isVariableName(name)) continue;
        context.issues.push({
          code: "custom",
          input: name,
          path: [name],
          message:
            "is not the name of an environment variable: letters, digits and underscore, no digit first",
        });
      }
    });

/** A workload of the cluster. */
export const serviceSchema = z.strictObject({
  name: field(label(), "Name of the Deployment and of everything around it.", "kai-api-server"),
  container: field(label(), "Name of the container that `kubectl set image` updates.", "api-server"),
  image: field(
    checked(is.isImageName, "is not an image name; leave out the registry, the tag and upper-case letters"),
    "Image name below `<registry server>/<registry username>/`, without tag.",
    "kai-api-server",
  ),
  dockerfile: field(
    checked(is.isRelativeDirectory, "is not a file relative to the repository's root, without .."),
    "File that the workflow builds the image from; the build's context is the repository's root.",
    "Dockerfile.api",
  ).default("Dockerfile"),
  placeholderImage: field(
    checked(is.isImageReference, "is not an image reference"),
    "Image of the first roll-out, before the workflow has pushed one. It must listen on the port and answer the health path.",
    "ghcr.io/example/placeholder:1",
  ).optional(),
  port: field(
    integer(1, 65_535),
    "Port that the container listens on; above 1023 unless the namespace is `privileged`.",
    3000,
  ),
  command: field(
    z.array(z.string()).min(1, { error: "is empty; leave it out to run the image's own command" }),
    "Command line instead of the image's own.",
    ["node", "dist/index.js"],
  ).optional(),
  healthPath: field(
    checked(is.isUrlPath, "is not a path that begins with /"),
    "Path that the probes ask.",
    "/health",
  ),
  replicas: field(
    z.strictObject({
      min: field(integer(1, 1000), "Fewest pods.", 1),
      max: field(integer(1, 1000), "Most pods.", 5),
      cpuPercent: field(
        integer(1, 100),
        "Average cpu use, in percent of the request, at which pods are added.",
        80,
      ).default(80),
    }),
    "Bounds of the autoscaler.",
    { min: 1, max: 5, cpuPercent: 80 },
  ),
  requests: field(
    z.strictObject({
      cpu: field(cpu(), "Cores reserved.", "200m"),
      memory: field(memory(), "Memory reserved.", "512Mi"),
    }),
    "What the scheduler reserves for a pod.",
    { cpu: "200m", memory: "512Mi" },
  ),
  limits: field(
    z.strictObject({ cpu: field(cpu(), "Most cores.", "1"), memory: field(memory(), "Most memory.", "2Gi") }),
    "What a pod may use; at least the requests.",
    { cpu: "1", memory: "2Gi" },
  ),
  env: field(variables(), "Environment variables, in clear text. PORT is set from `port`.", {
    LOG_LEVEL: "info",
  }).default({}),
  public: field(z.boolean(), "Whether it is reachable from the internet.", true).default(false),
  host: field(domain(), "Host name of its route; without one, every host.", "api.example.com").optional(),
  path: field(
    checked(is.isUrlPath, "is not a path that begins with /"),
    "Path prefix of its route.",
    "/",
  ).optional(),
  callsServices: field(
    z.array(z.string()),
    "Names of the services it calls; the network policies allow nothing else.",
    ["kai-ml-services"],
  ).default([]),
  pool: field(z.string(), "Node pool it runs on; without one, any without taints.", "workers").optional(),
});

/** Vercel refuses runs of dashes, and GitHub refuses secrets whose names begin with GITHUB_. */
function isSiteName(name: string): boolean {
  return name.length <= 31 && /^(?!github(-|$))[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

/** A front end. */
export const siteSchema = z.strictObject({
  name: field(
    checked(
      isSiteName,
      "is not a site name: lower-case letters, digits and single dashes, at most 31, a letter first, not beginning with github",
    ),
    "Name of the site. In upper case it is the end of its secrets' names (VERCEL_PROJECT_ID_CLIENT).",
    "client",
  ),
  hosting: field(oneOf(["vercel", "cloudfront", "both"]), "Where it is served from.", "both"),
  directory: field(directory(), "Folder of its package in the repository.", "packages/client"),
  framework: field(
    checked((value) => VERCEL_FRAMEWORKS.includes(value), "is not a framework that Vercel knows"),
    "Vercel's name of the framework.",
    "gatsby",
  ),
  outputDirectory: field(directory(), "Folder of the build's files below `directory`.", "public"),
  buildCommand: field(
    text(),
    "Command that builds it, when it is not the framework's own.",
    "yarn build",
  ).optional(),
  domain: field(domain(), "Own domain; without one, the host's.", "kai.example.com").optional(),
  variables: field(variables(), "Build variables, in clear text.", {
    GATSBY_API_URL: "https://api.example.com",
  }).default({}),
  routing: field(
    oneOf(["spa", "static"]),
    "`spa`: paths without an extension answer the index page. `static`: `/x/` answers `/x/index.html`.",
    "static",
  ).default("static"),
});
