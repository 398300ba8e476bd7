/** One client of the simulated GitHub: which owner it works for, what its token may do, how refusals look. */
import { canWrite } from "../../github/decisions/actor.ts";
import type { RoleName } from "../../github/documents.ts";
import { CloudError } from "../provider/declaration.ts";
import {
  type AccountDocument,
  type GitHubData,
  type GitHubStore,
  type GitHubVault,
  now,
  type Permission,
  type RepositoryRecord,
  type TokenDocument,
} from "./store.ts";
import { teamRoles } from "./teams.ts";

/** GitHub's error body, and the line that clients on go-github print for it. */
export class Refusal extends CloudError {
  readonly body: { message: string; errors?: string[]; status: string };
  constructor(request: string, status: number, message: string, errors: string[] = []) {
    const [method, path] = request.split(" ");
    super(status, `${method} https://api.github.com${path}: ${status} ${message} [${errors.join(" ")}]`);
    this.body = { message, ...(errors.length > 0 && { errors }), status: String(status) };
  }
}

/** Refuses a request, written as `PUT /repos/o/r/…`. */
export function refuse(request: string, status: number, message: string, errors: string[] = []): never {
  throw new Refusal(request, status, message, errors);
}

const LEVELS = ["none", "read", "write"] as const;

/** What needs a repository's administrator; everything else that changes needs the role `write`. */
const ADMINISTRATIVE: readonly Permission[] = ["administration"];

export class GitHub {
  /** Owner of the repositories that this client speaks about. */
  readonly owner: string;
  readonly #world: GitHubStore;
  readonly #isAnonymous: boolean;
  readonly #grant: TokenDocument | undefined;

  /**
   * @param token any text is the token of the world's `token` document; none is an anonymous client
   * @param grant the rights of another token than the world's
   */
  constructor(world: GitHubStore, owner: string, token: string | undefined, grant?: TokenDocument) {
    this.owner = owner;
    this.#world = world;
    this.#isAnonymous = !token;
    this.#grant = grant;
  }

  /** The same client for another owner's repositories. */
  ofOwner(owner: string): GitHub {
    return new GitHub(this.#world, owner, this.#isAnonymous ? undefined : "token", this.#grant);
  }

  get data(): GitHubData {
    return this.#world.store.data;
  }

  get vault(): GitHubVault {
    return this.#world.vault.data;
  }

  /** What the token may do; undefined without one. */
  get grant(): TokenDocument | undefined {
    return this.#isAnonymous ? undefined : (this.#grant ?? this.data.token);
  }

  /** Who asks; empty for nobody. */
  get login(): string {
    return this.grant?.login ?? "";
  }

  save(): void {
    this.#world.store.save();
  }

  saveVault(): void {
    this.#world.vault.save();
  }

  nextId(): number {
    this.data.nextId += 1;
    return this.data.nextId;
  }

  account(login: string): AccountDocument | undefined {
    return this.data.accounts[login.toLowerCase()];
  }

  accountById(id: number): AccountDocument | undefined {
    return Object.values(this.data.accounts).find((account) => account.id === id);
  }

  /** The path of a repository as requests name it. */
  path(name: string): string {
    return `/repos/${this.owner}/${name}`;
  }

  /**
   * Refuses what the token may not do.
   * 401 and 403: docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api; the sentences for fine-grained
   * tokens and apps are the API's own. The needed permission is in the header X-Accepted-GitHub-Permissions, which
   * go-github does not print.
   */
  need(request: string, permission: Permission, level: "read" | "write" = "write"): void {
    const { grant } = this;
    if (!grant) refuse(request, 401, "Requires authentication");
    if (grant.scopes) {
      needScope(request, grant.scopes, permission);
      return;
    }
    const granted = grant.permissions[permission] ?? "none";
    if (LEVELS.indexOf(granted) < LEVELS.indexOf(level)) refuse(request, 403, inaccessible(grant));
  }

  /** A repository by its name, or by one that it had before; 404 where there is none, or none that the token may see. */
  repository(name: string, request = `GET ${this.path(name)}`): RepositoryRecord {
    const key = `${this.owner}/${name}`.toLowerCase();
    const record = this.data.repositories[key] ?? this.data.repositories[this.data.renamed[key] ?? ""];
    // docs.github.com, troubleshooting-the-rest-api: 404 instead of 403, not to confirm that it exists.
    if (!record || !this.sees(record)) refuse(request, 404, "Not Found");
    return record;
  }

  /** Whether the token may know of a repository. */
  sees(record: RepositoryRecord): boolean {
    if (!record.repository.private) return true;
    const { grant } = this;
    if (!grant || !isIn(grant, record)) return false;
    if (grant.app) return true;
    if (grant.scopes && !grant.scopes.includes("repo")) return false;
    return this.roleIn(record) !== undefined;
  }

  /** Role of who asks; an app has what its permissions say. */
  roleIn(record: RepositoryRecord): RoleName | undefined {
    const { grant } = this;
    if (grant?.app) return isIn(grant, record) ? "write" : undefined;
    return roleOf(this.data, record, this.login);
  }

  /**
   * The same, for a change: the token and its owner must carry the right, and an archived repository is read-only.
   * Which of 403 and 404 a person without the role gets is not documented for each request (github/decisions/open.ts).
   */
  writable(name: string, request: string, permission: Permission): RepositoryRecord {
    const record = this.repository(name, request);
    this.need(request, permission);
    const { grant } = this;
    if (grant && !isIn(grant, record)) refuse(request, 403, inaccessible(grant));
    const administrates = ADMINISTRATIVE.includes(permission) && !grant?.app;
    const role = this.roleIn(record);
    if (administrates && role !== "admin") refuse(request, 403, "Must have admin rights to Repository.");
    if (!canWrite(role)) {
      if (grant && !grant.scopes) refuse(request, 403, inaccessible(grant));
      refuse(request, 404, "Not Found");
    }
    // docs.github.com/repositories/archiving-a-github-repository: archived repositories are read-only.
    if (record.repository.archived) refuse(request, 403, "Repository was archived so is read-only.");
    return record;
  }

  /** Writes the documents after a change of a repository. */
  changed(record: RepositoryRecord): void {
    record.repository.updated_at = now();
    this.save();
  }
}

function inaccessible({ app }: TokenDocument): string {
  return `Resource not accessible by ${app ? "integration" : "personal access token"}`;
}

/** Whether a token was given this repository; a fine-grained one holds for one owner's (docs.github.com, managing PATs). */
function isIn({ repositories }: TokenDocument, { repository }: RepositoryRecord): boolean {
  return repositories?.includes(repository.full_name.toLowerCase()) ?? true;
}

/**
 * docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps: `repo` is for everything in a repository,
 * `public_repo` for public ones. Without the scope a classic token gets 404.
 */
function needScope(request: string, scopes: readonly string[], permission: Permission): void {
  if (permission === "metadata") return;
  if (permission === "workflows" && !scopes.includes("workflow")) {
    refuse(
      request,
      403,
      "refusing to allow a Personal Access Token to create or update workflow without `workflow` scope",
    );
  }
  if (!scopes.includes("repo") && !scopes.includes("public_repo")) refuse(request, 404, "Not Found");
}

/**
 * Whether the owner's plan carries a feature that private repositories have from a paid plan on
 * (docs.github.com/get-started/learning-about-github/githubs-plans).
 */
export function hasPlan(github: GitHub, record: RepositoryRecord, paid: readonly string[]): boolean {
  if (!record.repository.private) return true;
  return paid.includes(github.account(record.repository.owner.login)?.plan.name ?? "free");
}

/** Plans on which private repositories have rules (github-ci.md 1.1 "Plan"). */
export const RULES_PLANS: readonly string[] = ["pro", "team", "enterprise"];

/** 403 of rules on a private repository of a Free account (github-ci.md 1.1 "Plan"; the sentence is the API's own). */
export function needRulesPlan(github: GitHub, record: RepositoryRecord, request: string): void {
  if (hasPlan(github, record, RULES_PLANS)) return;
  refuse(request, 403, "Upgrade to GitHub Pro or make this repository public to enable this feature.");
}

/** The widest first. */
const ROLES: readonly RoleName[] = ["admin", "maintain", "write", "triage", "read"];

/**
 * Role of somebody in a repository: the owner of a user-owned one and the owners of an organization administer, members
 * of an organization read (docs.github.com, repository-roles-for-an-organization).
 */
export function roleOf(
  data: Pick<GitHubData, "accounts">,
  record: RepositoryRecord,
  login: string,
): RoleName | undefined {
  const known = record.collaborators.find((person) => person.login.toLowerCase() === login.toLowerCase());
  const owner = data.accounts[record.repository.owner.login.toLowerCase()];
  const isOwner =
    owner?.type === "User"
      ? owner.login.toLowerCase() === login.toLowerCase()
      : owner?.members?.[login] === "admin";
  if (isOwner) return "admin";
  const given = teamRoles(owner?.teams ?? [], record.repository.id, login);
  if (known) given.push(known.role_name);
  if (owner?.members?.[login]) given.push("read");
  // The widest counts (docs.github.com, repository-roles-for-an-organization).
  return ROLES.find((role) => given.includes(role));
}
