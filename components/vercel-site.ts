import * as pulumi from "@pulumi/pulumi";
import { Project } from "@pulumiverse/vercel/project.js";
import { ProjectDomain } from "@pulumiverse/vercel/projectDomain.js";
import { ProjectEnvironmentVariable } from "@pulumiverse/vercel/projectEnvironmentVariable.js";

/** What a site on Vercel is made of. */
export interface VercelSiteArgs {
  /** Name of the project: lower case, at most 52 characters, unique in the team. */
  projectName: string;
  /** Folder of the site's package in the repository. */
  directory: string;
  /** Vercel's name of the framework. */
  framework: string;
  /** Command that builds it. Default: the framework's. */
  buildCommand?: string;
  /** Folder of the build's files below `directory`. Not used for frameworks that run on a server. */
  outputDirectory?: string;
  /** Own domain. Default: Vercel's. */
  domain?: string;
  /** Build variables in clear text, for all of Vercel's environments. */
  variables: Record<string, string>;
}

/**
 * Frameworks that render on a server: their builders know where the output is, and a folder named by hand breaks
 * them (vercel.com/docs/builds/configure-a-build, "Output Directory").
 */
const SERVER_FRAMEWORKS = new Set([
  "blitzjs",
  "hydrogen",
  "nextjs",
  "nitro",
  "nuxtjs",
  "react-router",
  "redwoodjs",
  "remix",
  "solidstart",
  "solidstart-1",
  "sveltekit",
  "sveltekit-1",
  "tanstack-start",
]);

/** A project that the workflow deploys to. It has no link to the repository, so that Vercel never deploys by itself. */
export class VercelSite extends pulumi.ComponentResource {
  /** What `VERCEL_PROJECT_ID_…` holds. */
  readonly projectId: pulumi.Output<string>;
  /** The id of the team (`team_…`), what `VERCEL_ORG_ID` holds. */
  readonly teamId: pulumi.Output<string>;

  readonly #name: string;

  constructor(name: string, args: VercelSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("kai:sites:VercelSite", name, {}, opts);
    this.#name = name;

    const project = this.#project(args);
    for (const [key, value] of Object.entries(args.variables)) this.#variable(project, key, value);
    if (args.domain !== undefined) {
      new ProjectDomain(
        `${name}-domain`,
        { projectId: project.id, domain: args.domain },
        { parent: this, deletedWith: project },
      );
    }

    this.projectId = project.id;
    this.teamId = project.teamId;
    this.registerOutputs({ projectId: this.projectId, teamId: this.teamId });
  }

  #project(args: VercelSiteArgs): Project {
    const { framework, buildCommand, outputDirectory } = args;
    return new Project(
      `${this.#name}-project`,
      {
        name: args.projectName,
        framework,
        rootDirectory: args.directory,
        ...(buildCommand !== undefined && { buildCommand }),
        ...(outputDirectory !== undefined && !SERVER_FRAMEWORKS.has(framework) && { outputDirectory }),
        // Unset, it differs for ever once a root directory is set (terraform-provider-vercel 296, 440).
        enableAffectedProjectsDeployments: false,
        // Vercel's defaults; stated, so that a change by hand is a difference.
        vercelAuthentication: { deploymentType: "standard_protection_new" },
        gitForkProtection: true,
      },
      { parent: this },
    );
  }

  /** Not sensitive: build variables end up in files that every visitor loads. */
  #variable(project: Project, key: string, value: string): void {
    new ProjectEnvironmentVariable(
      `${this.#name}-variable-${key}`,
      {
        projectId: project.id,
        key,
        value,
        targets: ["production", "preview", "development"],
        sensitive: false,
      },
      // A key is taken as long as the old variable is there.
      { parent: this, deleteBeforeReplace: true, deletedWith: project },
    );
  }
}
