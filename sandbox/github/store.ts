/** The simulated GitHub's documents, in the shape of GitHub's own REST API. */
import { Store } from "../store.ts";

export interface RepositoryDocument {
  id: number;
  node_id: string;
  name: string;
  full_name: string;
  owner: { login: string; id: number; type: "User" | "Organization" };
  private: boolean;
  description: string | null;
  default_branch: string;
  [setting: string]: unknown;
}

export interface GitHubData {
  nextId: number;
  repositories: Record<string, RepositoryDocument>;
  /** `owner/name` → ref name such as `refs/heads/main` → commit. */
  refs: Record<string, Record<string, string>>;
}

export function openGitHub(file: string): Store<GitHubData> {
  return new Store(file, () => ({ nextId: 1, repositories: {}, refs: {} }));
}
