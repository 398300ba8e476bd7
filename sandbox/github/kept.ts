/** Documents that GitHub keeps and shows, and that no decision of the simulation asks for. */
import type { Login } from "./work.ts";

export interface LabelDocument {
  id: number;
  name: string;
  /** Six hexadecimal digits. */
  color: string;
  description: string | null;
  default: boolean;
}

export interface MilestoneDocument {
  id: number;
  number: number;
  title: string;
  description: string | null;
  state: "open" | "closed";
  creator: Login;
  due_on: string | null;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
}

export interface IssueDocument {
  id: number;
  /** One sequence with the pull requests. */
  number: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  state_reason: string | null;
  user: Login;
  /** Names. */
  labels: string[];
  assignees: Login[];
  /** The milestone's number. */
  milestone: number | null;
  created_at: string;
  updated_at: string;
  closed_at: string | null;
  closed_by: Login | null;
}

/** Below an issue or a pull request. */
export interface CommentDocument {
  id: number;
  /** Of the issue or the pull request. */
  number: number;
  user: Login;
  body: string;
  created_at: string;
  updated_at: string;
}

/** A webhook; nothing is sent to it. */
export interface HookDocument {
  id: number;
  active: boolean;
  events: string[];
  config: { url?: string; content_type: string; insecure_ssl: string; secret?: string };
  created_at: string;
  updated_at: string;
}

export interface AutolinkDocument {
  id: number;
  key_prefix: string;
  url_template: string;
  is_alphanumeric: boolean;
}

export interface PagesDocument {
  build_type: "legacy" | "workflow";
  source: { branch: string; path: string };
  cname: string | null;
}

export interface ReleaseDocument {
  id: number;
  tag_name: string;
  target_commitish: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  author: Login;
  created_at: string;
  published_at: string | null;
}

/** All of it, in one repository. */
export interface KeptRecord {
  labels: LabelDocument[];
  milestones: MilestoneDocument[];
  issues: IssueDocument[];
  comments: CommentDocument[];
  hooks: HookDocument[];
  autolinks: AutolinkDocument[];
  pages: PagesDocument | null;
  automated_security_fixes: boolean;
  /** Which actions may run where not all may. */
  selected_actions: { github_owned_allowed: boolean; verified_allowed: boolean; patterns_allowed: string[] };
  /** Whose workflows may use a private repository's actions. */
  actions_access: "none" | "user" | "organization" | "enterprise";
  releases: ReleaseDocument[];
  /** Full name of the repository that it was made from. */
  template: string | null;
  oidc: { use_default: boolean; include_claim_keys?: string[] };
}

/** docs.github.com/issues, managing-labels#about-default-labels; the colours are GitHub's own. */
const DEFAULT_LABELS: readonly (readonly [name: string, color: string, description: string])[] = [
  ["bug", "d73a4a", "Something isn't working"],
  ["documentation", "0075ca", "Improvements or additions to documentation"],
  ["duplicate", "cfd3d7", "This issue or pull request already exists"],
  ["enhancement", "a2eeef", "New feature or request"],
  ["good first issue", "7057ff", "Good for newcomers"],
  ["help wanted", "008672", "Extra attention is needed"],
  ["invalid", "e4e669", "This doesn't seem right"],
  ["question", "d876e3", "Further information is requested"],
  ["wontfix", "ffffff", "This will not be worked on"],
];

/** What a new repository has. */
export function newlyKept(): KeptRecord {
  return {
    labels: DEFAULT_LABELS.map(([name, color, description], index) => ({
      id: index + 1,
      name,
      color,
      description,
      default: true,
    })),
    milestones: [],
    issues: [],
    comments: [],
    hooks: [],
    autolinks: [],
    pages: null,
    automated_security_fixes: false,
    selected_actions: { github_owned_allowed: false, verified_allowed: false, patterns_allowed: [] },
    actions_access: "none",
    releases: [],
    template: null,
    oidc: { use_default: true },
  };
}
