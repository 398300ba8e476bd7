import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import pg from "pg";
import { exitCodes } from "../../cli/exit-codes.ts";
import type { Finding } from "../../drift/findings.ts";
import type { DriftReport } from "../../drift/report.ts";
import { UserError } from "../../errors.ts";
import { applyTamper, tampers } from "../../sandbox/tamper.ts";
import {
  copyOf,
  freshWorld,
  preparedFolder,
  reconciledFolder,
  reconciledWorld,
  root,
  run,
  type TestWorld,
} from "../support/world.ts";
import { type ExpectedFinding, type ExpectedOf, expectedFindings } from "./tamper-findings.ts";
import { judgements } from "./tamper-judgements.ts";

const STACKS = ["production", "staging"];

test("every ready change by hand has its row of expected findings, and every cloud has six or more", () => {
  assert.deepEqual(Object.keys(expectedFindings).sort(), tampers.map(({ id }) => id).sort());
  const clouds = Object.groupBy(tampers, ({ id }) => id.split("-")[0] as string);
  for (const cloud of ["github", "digitalocean", "kubernetes", "aws", "vercel"])
    assert.ok((clouds[cloud]?.length ?? 0) >= 6, cloud);
  assert.ok(clouds.database, "the database has some");
});

test("each is found with property, wanted and found, and repaired by the next up", async (t) => {
  const world = await reconciledWorld(t);

  await t.test("nothing is found in an untouched world", async () => {
    assert.deepEqual(await drift(world), { production: [], staging: [] });
  });

  await t.test("each change of the first round is found, and nothing beside it", async () => {
    await tamper(world, 1);
    matches(await drift(world), 1);
  });

  await t.test("the next up repairs them; each change of the second round is found", async () => {
    await reconcile(world);
    await tamper(world, 2);
    // Whatever the first round left behind would be found now.
    matches(await drift(world), 2);
  });

  await t.test("the next up repairs these too: nothing is left to find or to change", async () => {
    await reconcile(world);
    assert.deepEqual(await drift(world), { production: [], staging: [] });
    for (const stack of STACKS)
      await world.succeed("pulumi", "preview", "--expect-no-changes", "--stack", stack);
  });

  const altered = {
    name: "database-schema",
    property: "alteredTables",
    wanted: [],
    found: ["public.materials (altered: column by_hand added)"],
  };
  await t.test("a table altered by hand is found; an up names it and leaves it to its owner", async () => {
    await query(world, "ALTER TABLE materials ADD COLUMN by_hand integer");
    compare(await drift(world), { production: [], staging: [altered] });
    const output = await world.succeed("pulumi", ...up("staging"));
    assert.match(
      output,
      /The table public\.materials \(altered: column by_hand added\) was changed by other means/,
    );
    compare(await drift(world), { production: [], staging: [altered] });
  });

  await t.test("what the engine does not compare is found, and an up leaves it as it is", async () => {
    await tamper(world, 3);
    await reconcile(world);
    matches(await drift(world), 3, [altered]);
  });

  await t.test(
    "a secret that was written over is written again by the command that the report names",
    async () => {
      const { production = [] } = await drift(world);
      const overwritten = production.find(({ property }) => property === "updatedAt");
      const command = /: pulumi (up --replace '(.+)' --stack production)$/.exec(overwritten?.remedy ?? "");
      assert.ok(command, overwritten?.remedy);
      await world.succeed(
        "pulumi",
        "up",
        "--yes",
        "--skip-preview",
        "--replace",
        String(command[2]),
        "--stack",
        "production",
      );
      const { production: left = [] } = await drift(world);
      assert.deepEqual(
        left.map(({ property }) => property),
        production.filter((finding) => finding !== overwritten).map(({ property }) => property),
      );
    },
  );
});

test("before the first up a change by hand is refused with a sentence", async (t) => {
  const world = await freshWorld(t);
  for (const { id } of tampers) {
    await t.test(id, async () => {
      const refused = (error: unknown) =>
        error instanceof UserError && /^There is no .+ to change by hand\. Bring both /.test(error.message);
      await assert.rejects(applyTamper(id, world), refused);
    });
  }
});

test("`sandbox tamper` on the command line", async (t) => {
  const kai = (directory: string, ...args: string[]) =>
    run(
      process.execPath,
      [join(root, "cli/kai.cjs"), "sandbox", "--directory", directory, ...args],
      process.env,
    );

  await t.test("changes a world in which both stacks are up", async (t) => {
    const directory = await copyOf(t, reconciledFolder());
    const { code, output } = await kai(directory, "tamper", "vercel-project-renamed");
    assert.equal(code, exitCodes.ok, output);
    assert.match(output, /Done by hand: A project is renamed\./);
    assert.match(readFileSync(join(directory, "clouds/vercel.json"), "utf8"), /"kai-production-admin-old"/);
  });

  await t.test("says in a sentence what is missing in a new one", async (t) => {
    const directory = await copyOf(t, preparedFolder());
    const { code, output } = await kai(directory, "tamper", "aws-bucket-tagged");
    assert.equal(code, exitCodes.failure);
    assert.match(output, /^There is no bucket to change by hand\. Bring both stacks up first/m);
    assert.doesNotMatch(output, /\n\s+at /);
  });

  await t.test("names the list where the change is not known", async (t) => {
    const { code, output } = await kai(await copyOf(t, preparedFolder()), "tamper", "nothing-like-it");
    assert.equal(code, exitCodes.failure);
    assert.match(output, /^There is no change "nothing-like-it"\..*lists them/m);
  });
});

/** What drift found, by stack. */
type Found = Record<string, Finding[]>;

async function drift(world: TestWorld): Promise<Found> {
  const { code, output } = await world.run("kai", "drift", "--json");
  const report = JSON.parse(output.slice(output.indexOf("\n{") + 1)) as DriftReport;
  for (const { outcome, reason } of report.stacks) assert.notEqual(outcome, "could-not-check", reason);
  const found = Object.fromEntries(report.stacks.map(({ stack, findings }) => [stack, findings]));
  const isClean = Object.values(found).every((findings) => findings.length === 0);
  assert.equal(code, isClean ? exitCodes.ok : exitCodes.drift);
  return found;
}

async function tamper(world: TestWorld, round: number): Promise<void> {
  for (const { id } of tampers) if (expectedFindings[id]?.round === round) await applyTamper(id, world);
}

async function reconcile(world: TestWorld): Promise<void> {
  for (const stack of STACKS) await world.succeed("pulumi", ...up(stack));
}

function up(stack: string): string[] {
  return ["up", "--refresh", "--yes", "--skip-preview", "--stack", stack];
}

/**
 * Exactly the findings of the round's changes, each under its change's name in a failure.
 * @param more what is found in staging beside them
 */
function matches(found: Found, round: number, more: ExpectedFinding[] = []): void {
  const rows = Object.values(expectedFindings).filter((row) => row.round === round);
  const of = (stack: ExpectedOf["stack"]) =>
    rows.filter((row) => row.stack === stack).flatMap(({ findings }) => findings);
  compare(found, { production: of("production"), staging: [...of("staging"), ...more] });
  for (const [id, row] of Object.entries(expectedFindings).filter(([, row]) => row.round === round)) {
    for (const { name, property } of row.findings) {
      const finding = found[row.stack]?.find((one) => one.name === name && one.property === property);
      assert.deepEqual([finding?.type, `${finding?.severity} ${finding?.class}`], judgements[id], id);
    }
  }
}

function compare(found: Found, expected: Record<string, ExpectedFinding[]>): void {
  for (const stack of STACKS) {
    const lines = (found[stack] ?? []).map((finding) => asExpected(finding, expected[stack] ?? []));
    assert.deepEqual(sorted(lines), sorted(expected[stack] ?? []), stack);
  }
}

/** A finding with the values of its row, where they fit the row's patterns. */
function asExpected({ name, kind, property, wanted, found }: Finding, rows: ExpectedFinding[]) {
  if (kind === "deleted") return { name };
  const row = rows.find((candidate) => candidate.name === name && candidate.property === property);
  const fitting = (value: unknown, pattern: unknown) =>
    pattern instanceof RegExp && typeof value === "string" && pattern.test(value) ? pattern : value;
  return {
    name,
    property,
    ...(wanted !== undefined && { wanted: fitting(wanted, row?.wanted) }),
    ...(found !== undefined && { found: fitting(found, row?.found) }),
  };
}

function sorted(findings: ExpectedFinding[]): ExpectedFinding[] {
  const key = ({ name, property = "" }: ExpectedFinding) => `${name} ${property}`;
  return findings.toSorted((a, b) => key(a).localeCompare(key(b)));
}

async function query(world: TestWorld, sql: string): Promise<void> {
  const client = new pg.Client(world.databases.staging);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
