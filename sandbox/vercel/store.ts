/** The simulated Vercel's documents, in the shape of Vercel's own REST API. */
import { Store } from "../store.ts";

export interface TeamDocument {
  id: string;
  slug: string;
  name: string;
}

/** A project as GET /v10/projects/{id} answers it, without its variables. */
export interface ProjectDocument {
  id: string;
  name: string;
  /** The team's id. */
  accountId: string;
  createdAt: number;
  [setting: string]: unknown;
}

/** A variable as GET /v10/projects/{id}/env/{envId} answers it: a sensitive one has no value. */
export interface VariableDocument {
  id: string;
  projectId: string;
  key: string;
  type: "sensitive" | "encrypted";
  target: string[];
  value?: string;
  comment?: string;
  gitBranch?: string;
  customEnvironmentIds?: string[];
}

export interface DomainDocument {
  name: string;
  projectId: string;
  verified: boolean;
  gitBranch: string | null;
  redirect: string | null;
  redirectStatusCode: number | null;
  customEnvironmentId?: string;
}

export interface VercelData {
  serial: number;
  teams: Record<string, TeamDocument>;
  projects: Record<string, ProjectDocument>;
  variables: Record<string, VariableDocument>;
  domains: Record<string, DomainDocument>;
}

/** Values that Vercel never shows again: variable id → value. */
export interface VercelVault {
  sensitiveValues: Record<string, string>;
}

/** Everything that Vercel knows. */
export interface VercelAccount {
  store: Store<VercelData>;
  vault: Store<VercelVault>;
  /** What VERCEL_API_TOKEN holds for the plugin. */
  token: string;
}

/** Vercel as one team's member sees it. */
export interface Vercel extends VercelAccount {
  team: TeamDocument;
}

/** Opens Vercel's documents, and the file with its secret values beside them. */
export function openVercel(file: string, vaultFile: string, token: string): VercelAccount {
  return {
    token,
    store: new Store<VercelData>(file, () => ({
      serial: 0,
      teams: {},
      projects: {},
      variables: {},
      domains: {},
    })),
    vault: new Store<VercelVault>(vaultFile, () => ({ sensitiveValues: {} })),
  };
}
