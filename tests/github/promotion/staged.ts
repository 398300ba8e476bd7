/** A repository whose staging is one commit ahead of main, with everything that a promotion wants. */
import type { TestContext } from "node:test";
import type { Octokit } from "@octokit/rest";
import { githubClient } from "../../../github/client.ts";
import type { Wish } from "../../../github/promotion/condition.ts";
import { type Promotion, promote } from "../../../github/promotion/promote.ts";
import { Deeds, type Place } from "../../sandbox/github/deeds.ts";
import { type Kind, layDown } from "../../sandbox/github/profile.ts";
import { BOT, type Served, served, TOKEN } from "../../sandbox/github/support.ts";

export const WISH: Wish = {
  from: { environment: "staging", branch: "staging" },
  to: { environment: "production", branch: "main" },
  checks: ["Build and Test"],
  imagesJob: "Publish Images",
  stack: "production",
};

export type State = "success" | "failure" | "in_progress" | "inactive";

export class Staged {
  readonly on: Served;
  readonly place: Place;
  readonly deeds: Deeds;

  constructor(on: Served, place: Place) {
    this.on = on;
    this.place = place;
    this.deeds = new Deeds(on, place);
  }

  /** A new commit on staging; what is not asked for is not done. */
  async commit({ isGreen = true, images = true, deployed = "success" as State | "never" } = {}) {
    const sha = await this.deeds.commit("staging");
    if (isGreen) await this.deeds.passes(sha);
    if (images) await this.check("Publish Images", sha, "success");
    await this.deeds.push("Basilakis", "staging", sha);
    if (deployed !== "never") await this.deploy(sha, deployed);
    return sha;
  }

  async check(name: string, head_sha: string, conclusion: "success" | "failure"): Promise<void> {
    await this.on.as(BOT).checks.create({ ...this.place, name, head_sha, conclusion });
  }

  async deploy(ref: string, state: State): Promise<void> {
    const github = this.on.as();
    const { data } = await github.repos.createDeployment({
      ...this.place,
      ref,
      environment: "staging",
      auto_merge: false,
      required_contexts: [],
    });
    if (!("id" in data)) throw new Error("nothing was deployed");
    await github.repos.createDeploymentStatus({ ...this.place, deployment_id: data.id, state });
  }

  /** As the command does it. @param github Basilakis' by default */
  promote(wish: Partial<Wish> = {}, github: Octokit = this.client(), dryRun = false): Promise<Promotion> {
    return promote(github, this.place, { ...WISH, ...wish }, { dryRun, tell() {} });
  }

  client(token = TOKEN): Octokit {
    return githubClient({ GITHUB_TOKEN: token, GITHUB_API_URL: this.on.server.url });
  }

  main(): Promise<string> {
    return this.deeds.head("main");
  }
}

/** @param kind by default a user's repository in which the owner may push to main */
export async function staged(t: TestContext, kind: Partial<Kind> = {}): Promise<Staged> {
  const on = await served(t);
  const place = await layDown(on, { owner: "Basilakis", rules: "rulesets", mainPushMode: "direct", ...kind });
  return new Staged(on, place);
}
