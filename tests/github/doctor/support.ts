/** A simulated repository in which `kai doctor` finds nothing, for one test to break. */
import type { TestContext } from "node:test";
import { checkGitHub } from "../../../github/doctor/checks.ts";
import { type DoctorFacts, readFacts } from "../../../github/doctor/facts.ts";
import type { Finding } from "../../../github/doctor/finding.ts";
import { environments } from "../../../pipeline/branches.ts";
import { secretsIn } from "../../../pipeline/secrets.ts";
import { renderWorkflows } from "../../../pipeline/workflows/render.ts";
import { GitHub } from "../../../sandbox/github/client.ts";
import { putEnvironment } from "../../../sandbox/github/environments.ts";
import { putSecret } from "../../../sandbox/github/secrets.ts";
import type { Settings } from "../../../settings.ts";
import type { Place } from "../../sandbox/github/deeds.ts";
import { green, type Kind, layDown } from "../../sandbox/github/profile.ts";
import { BOT, type Served, served } from "../../sandbox/github/support.ts";
import { kaiSettings } from "../../settings/kai.ts";

export interface Patient extends Served {
  /** What the doctor finds, as `level check: message`; as the owner of the repository unless another client asks. */
  findings(github?: ReturnType<Served["as"]>): Promise<string[]>;
  /** The findings themselves, without what the rules as configured say of themselves. */
  full(github?: ReturnType<Served["as"]>): Promise<Finding[]>;
  facts(github?: ReturnType<Served["as"]>): Promise<DoctorFacts>;
}

/** Both stacks are reconciled, and the workflow files are on main. */
export async function healthy(
  t: TestContext,
  { kind, settings = {} }: { kind?: Kind; settings?: Record<string, unknown> } = {},
): Promise<Patient> {
  const on = await served(t);
  const stacks = [await kaiSettings("production", settings), await kaiSettings("staging", settings)];
  const owner = stacks[0] as Settings;
  const files = renderWorkflows([...stacks].reverse());
  const place = await layDown(on, kind ?? { owner: "Basilakis", rules: "rulesets" });
  for (const { path, content } of files) await writeOnMain(on, place, path, content);
  const github = new GitHub(on.world, place.owner, "token");
  for (const stack of stacks) reconcile(github, stack);
  const facts = (client = on.as()) =>
    readFacts(client, { stacks, owner, files }, Date.parse("2026-06-01T00:00:00Z"));
  const full = async (client = on.as()) =>
    checkGitHub(await facts(client)).filter(
      ({ check }) => check !== "contradictions" && check !== "scorecard",
    );
  const findings = async (client = on.as()) =>
    (await full(client)).map(({ level, check, message }) => `${level} ${check}: ${message}`);
  return { ...on, facts, full, findings };
}

/** Writes a file past the rules, and its check is reported. */
export async function writeOnMain(on: Served, place: Place, path: string, text: string): Promise<void> {
  const record = on.record(`${place.owner}/${place.repo}`.toLowerCase());
  const rules = [record.rulesets.splice(0), record.branch_protection_rules.splice(0)] as const;
  const sha = await on
    .as()
    .repos.getContent({ ...place, path, ref: "main" })
    .then(
      ({ data }) => (data as { sha: string }).sha,
      () => undefined,
    );
  const { data } = await on.as().repos.createOrUpdateFileContents({
    ...place,
    path,
    message: path,
    content: Buffer.from(text).toString("base64"),
    branch: "main",
    ...(sha && { sha }),
  });
  record.rulesets.push(...rules[0]);
  record.branch_protection_rules.push(...rules[1]);
  await on.as(BOT).checks.create({ ...place, ...green(String(data.commit.sha)) });
}

function reconcile(github: GitHub, stack: Settings): void {
  const open = {
    wait_timer: 0,
    prevent_self_review: false,
    can_admins_bypass: true,
    reviewers: null,
    deployment_branch_policy: null,
  };
  for (const { name } of environments(stack)) {
    putEnvironment(github, "kai", name, open);
    for (const row of secretsIn(stack, name))
      putSecret(github, { repository: "kai", environment: name }, row.name, "value");
  }
  if (!stack.ownsRepository) return;
  for (const row of secretsIn(stack)) putSecret(github, { repository: "kai" }, row.name, "value");
}
