/** One client of the simulated GitHub: which owner it works for, what its token may do, how refusals look. */
import { CloudError } from "../provider/declaration.ts";
import {
  type AccountDocument,
  type GitHubData,
  type GitHubStore,
  type GitHubVault,
  now,
  type Permission,
  type RepositoryRecord,
} from "./store.ts";

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

/** What the client does with what it needs. */
const ORDER = ["none", "read", "write"] as const;

export class GitHub {
  /** Owner of the repositories that this client speaks about. */
  readonly owner: string;
  readonly #world: GitHubStore;
  readonly #isAnonymous: boolean;

  /** @param token any text is the token of the world's `token` document; none is an anonymous client */
  constructor(world: GitHubStore, owner: string, token: string | undefined) {
    this.owner = owner;
    this.#world = world;
    this.#isAnonymous = !token;
  }

  get data(): GitHubData {
    return this.#world.store.data;
  }

  get vault(): GitHubVault {
    return this.#world.vault.data;
  }

  /** Who asks. */
  get login(): string {
    return this.data.token.login;
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
   * 401 and 403: docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api; the sentence for fine-grained
   * tokens is the API's own. The needed permission is in the header X-Accepted-GitHub-Permissions, which go-github
   * does not print.
   */
  need(request: string, permission: Permission, level: "read" | "write" = "write"): void {
    if (this.#isAnonymous) refuse(request, 401, "Requires authentication");
    const granted = this.data.token.permissions[permission];
    if (ORDER.indexOf(granted) < ORDER.indexOf(level)) {
      refuse(request, 403, "Resource not accessible by personal access token");
    }
  }

  /** A repository by its name, or by one that it had before; 404 where there is none. */
  repository(name: string, request = `GET ${this.path(name)}`): RepositoryRecord {
    const key = `${this.owner}/${name}`.toLowerCase();
    const record = this.data.repositories[key] ?? this.data.repositories[this.data.renamed[key] ?? ""];
    return record ?? refuse(request, 404, "Not Found");
  }

  /** The same, for a change: the token must carry the right, and an archived repository is read-only. */
  writable(name: string, request: string, permission: Permission): RepositoryRecord {
    const record = this.repository(name, request);
    this.need(request, permission);
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

/**
 * Whether the owner's plan carries a feature that private repositories have from a paid plan on
 * (docs.github.com/get-started/learning-about-github/githubs-plans).
 */
export function hasPlan(github: GitHub, record: RepositoryRecord, paid: readonly string[]): boolean {
  if (!record.repository.private) return true;
  return paid.includes(github.account(record.repository.owner.login)?.plan.name ?? "free");
}

/** 403 of rules on a private repository of a Free account (github-ci.md 1.1 "Plan"; the sentence is the API's own). */
export function needRulesPlan(github: GitHub, record: RepositoryRecord, request: string): void {
  if (hasPlan(github, record, ["pro", "team", "enterprise"])) return;
  refuse(request, 403, "Upgrade to GitHub Pro or make this repository public to enable this feature.");
}

/** Role of somebody in a repository; the owner of a user-owned one is its administrator. */
export function role(record: RepositoryRecord, login: string): string | undefined {
  return record.collaborators.find((person) => person.login.toLowerCase() === login.toLowerCase())?.role_name;
}

/** Whether a role may push. */
export function canWrite(name: string | undefined): boolean {
  return name === "admin" || name === "maintain" || name === "write";
}
