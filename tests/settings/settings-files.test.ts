import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { UserError } from "../../errors.ts";
import { projectDirectory, readStackFile, readStacks } from "../../settings-files.ts";

describe("the files of a project", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "kai-files-"));
    await writeFile(
      join(directory, "Pulumi.yaml"),
      `name: kai
runtime: nodejs
config:
  pulumi:disable-default-providers: { value: [aws] }
  clouds: { type: object, default: { aws: false } }
  region: us-east-1
  vercelToken: { secret: true, default: "" }
`,
    );
    await writeFile(
      join(directory, "Pulumi.one.yaml"),
      `config:
  aws:region: eu-west-1
  kai:clouds: { aws: true }
  kai:vercelToken: { secure: v1:abc }
  kai:mongodbUri: in clear
`,
    );
    await writeFile(join(directory, "Pulumi.two.yaml"), "encryptionsalt: v1:x\n");
    await writeFile(join(directory, "Pulumi.v1.x.yaml"), "");
    await writeFile(join(directory, "Pulumi.broken.txt"), "");
    await writeFile(join(directory, "Pulumi.other.yml"), "");
  });
  after(() => rm(directory, { recursive: true }));

  it("give the defaults of the project, then the stack's own values, and no other package's", async () => {
    const { config } = await readStackFile(directory, "one");
    assert.deepEqual(config, {
      clouds: { aws: true },
      region: "us-east-1",
      vercelToken: true,
      mongodbUri: "in clear",
    });
  });

  it("tell which keys are encrypted, and keep no cipher text", async () => {
    const file = await readStackFile(directory, "one");
    assert.deepEqual([...file.encrypted], ["vercelToken"]);
    assert.doesNotMatch(JSON.stringify(file.config), /v1:abc/);
  });

  it("are found for all stacks", async () => {
    const stacks = await readStacks(directory);
    assert.deepEqual(
      stacks.map(({ stack, config }) => [stack, config.clouds]),
      [
        ["one", { aws: true }],
        ["two", { aws: false }],
        ["v1.x", { aws: false }],
      ],
    );
  });

  it("are asked for when they are not there", async () => {
    await assert.rejects(readStackFile(directory, "three"), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /Pulumi\.three\.yaml.*pulumi stack init three/);
      return true;
    });
  });

  it("that are no YAML are named", async () => {
    await writeFile(join(directory, "Pulumi.four.yaml"), "config: [");
    await assert.rejects(readStackFile(directory, "four"), /Pulumi\.four\.yaml is not valid YAML/);
    await rm(join(directory, "Pulumi.four.yaml"));
  });

  it("are in the folder that the engine names", async () => {
    assert.equal(await projectDirectory(directory, { environment: {}, cwd: "/elsewhere" }), directory);
  });

  it("are, when the engine names none, where the command was sent or typed, else in the working directory", async () => {
    const found = (environment: Record<string, string>, root?: string) =>
      projectDirectory(root, { environment, cwd: "/program" });
    assert.equal(await found({}), "/program");
    assert.equal(await found({}, "rootDirectory"), "/program");
    assert.equal(await found({ PWD: directory }), directory);
    assert.equal(await found({ PWD: "/", PULUMI_OPTION_CWD: directory }), directory);
    assert.equal(await found({ PWD: dirname(directory), PULUMI_OPTION_CWD: basename(directory) }), directory);
    assert.equal(await found({ PWD: "/", PULUMI_OPTION_CWD: "nowhere" }), "/program");
    assert.equal(await found({ PWD: tmpdir() }), "/program");
  });
});
