/** Changes that somebody makes by hand in Vercel's dashboard. */
import { firstByName } from "../present.ts";
import type { VercelAccount, VercelData } from "./store.ts";

/** The part of a world that these changes touch. */
interface VercelWorld {
  clouds: { vercel: VercelAccount };
}

interface VercelTamper {
  id: string;
  title: string;
  apply(world: VercelWorld): void;
}

function change(id: string, title: string, edit: (data: VercelData) => void): VercelTamper {
  return {
    id,
    title,
    apply({ clouds }) {
      edit(clouds.vercel.store.data);
      clouds.vercel.store.save();
    },
  };
}

function project(data: VercelData) {
  return firstByName(Object.values(data.projects), "Vercel project", ({ name }) => name);
}

export const vercelTampers: VercelTamper[] = [
  change("vercel-framework-changed", "The framework of a project is changed.", (data) => {
    project(data).framework = "vite";
  }),
  change("vercel-root-directory-changed", "The root directory of a project is changed.", (data) => {
    project(data).rootDirectory = "apps/old";
  }),
  change("vercel-build-command-overridden", "The build command of a project is overridden.", (data) => {
    project(data).buildCommand = "npm run build:debug";
  }),
  change("vercel-protection-off", "Previews of a project are opened to everybody.", (data) => {
    project(data).ssoProtection = { deploymentType: "none" };
  }),
  change("vercel-ignore-command-set", "A project gets a command that skips builds.", (data) => {
    project(data).commandForIgnoringBuildStep = "exit 0";
  }),
  change(
    "vercel-repository-linked",
    "A project is linked to the repository, so that Vercel deploys by itself.",
    (data) => {
      project(data).link = { type: "github", repo: "Basilakis/kai", productionBranch: "main" };
    },
  ),
  change("vercel-project-renamed", "A project is renamed.", (data) => {
    const renamed = project(data);
    renamed.name = `${renamed.name}-old`;
  }),
];
