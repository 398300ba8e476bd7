/** What people do to branches, over the interface, and how it ends. */
import { green } from "./profile.ts";
import { BOT, type Served } from "./support.ts";

export interface Place {
  owner: string;
  repo: string;
}

/** `done`, or the refusal: status and text. */
export type Ending = string;

/** How a request ended. */
export async function ending(request: Promise<unknown>): Promise<Ending> {
  try {
    await request;
    return "done";
  } catch (error) {
    const { status, message } = error as { status?: number; message: string };
    if (status === undefined) throw error;
    return `${status} ${message}`;
  }
}

/** Everything somebody does in one repository. */
export class Deeds {
  readonly #on: Served;
  readonly #place: Place;
  #count = 0;

  constructor(on: Served, place: Place) {
    this.#on = on;
    this.#place = place;
  }

  async head(branch: string): Promise<string> {
    const { data } = await this.#on.as().git.getRef({ ...this.#place, ref: `heads/${branch}` });
    return data.object.sha;
  }

  /** A commit with one new file, made by the world's token. @param parents the branch's head unless given */
  async commit(branch: string, parents?: string[]): Promise<string> {
    const github = this.#on.as();
    this.#count += 1;
    const head = await this.head(branch);
    const { data: before } = await github.git.getCommit({ ...this.#place, commit_sha: head });
    const { data: tree } = await github.git.createTree({
      ...this.#place,
      base_tree: before.tree.sha,
      tree: [{ path: `file-${this.#count}.txt`, mode: "100644", type: "blob", content: `${this.#count}` }],
    });
    const { data } = await github.git.createCommit({
      ...this.#place,
      message: `Change ${this.#count}`,
      tree: tree.sha,
      parents: parents ?? [head],
    });
    return data.sha;
  }

  /** The job of the workflow went well on a commit. */
  async passes(sha: string): Promise<void> {
    await this.#on.as(BOT).checks.create({ ...this.#place, ...green(sha) });
  }

  /** Moves a branch to a commit. */
  push(login: string, branch: string, sha: string, force = false): Promise<Ending> {
    return ending(this.#on.as(login).git.updateRef({ ...this.#place, ref: `heads/${branch}`, sha, force }));
  }

  remove(login: string, branch: string): Promise<Ending> {
    return ending(this.#on.as(login).git.deleteRef({ ...this.#place, ref: `heads/${branch}` }));
  }

  create(login: string, branch: string, sha: string): Promise<Ending> {
    return ending(this.#on.as(login).git.createRef({ ...this.#place, ref: `refs/heads/${branch}`, sha }));
  }

  /** A pull request of one commit. @returns its number and head */
  async propose(author: string, base: string): Promise<{ number: number; head: string; branch: string }> {
    const head = await this.commit(base);
    const branch = `work/${this.#count}`;
    await this.#on.as().git.createRef({ ...this.#place, ref: `refs/heads/${branch}`, sha: head });
    const { data } = await this.#on
      .as(author)
      .pulls.create({ ...this.#place, base, head: branch, title: branch });
    return { number: data.number, head, branch };
  }

  review(
    login: string,
    pull_number: number,
    event: "APPROVE" | "REQUEST_CHANGES" = "APPROVE",
  ): Promise<Ending> {
    return ending(
      this.#on.as(login).pulls.createReview({ ...this.#place, pull_number, event, body: "seen" }),
    );
  }

  merge(
    login: string,
    pull_number: number,
    merge_method: "merge" | "squash" | "rebase" = "squash",
  ): Promise<Ending> {
    return ending(this.#on.as(login).pulls.merge({ ...this.#place, pull_number, merge_method }));
  }
}

/** Writes a file on a branch of Basilakis/kai, as somebody. */
export function write(
  on: Served,
  path: string,
  text: string,
  branch: string,
  login?: string,
): Promise<Ending> {
  const content = Buffer.from(text).toString("base64");
  return ending(
    on.as(login).repos.createOrUpdateFileContents({
      owner: "Basilakis",
      repo: "kai",
      path,
      message: path,
      content,
      branch,
    }),
  );
}
