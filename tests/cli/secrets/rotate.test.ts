/** What somebody is told who stops a rotation, on an engine that never ends. */
import assert from "node:assert/strict";
import { it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import packageJson from "../../../package.json" with { type: "json" };
import { kai, makeMachine, start } from "../../engine/fakes.ts";
import { copyProject } from "../project.ts";

const TOKEN = "urn:pulumi:staging::kai::kubernetes:core/v1:Secret::deployer-token";

/** A machine whose engine knows one resource, and does not come back from an `up`. */
async function machineOf(t: TestContext) {
  const machine = await makeMachine(t);
  const state = JSON.stringify({
    deployment: { resources: [{ urn: TOKEN, type: "kubernetes:core/v1:Secret" }] },
  });
  await machine.put(
    "pulumi",
    `echo "$1" >> "$CALLS"
case "$1" in
  version) echo v${packageJson.dependencies["@pulumi/pulumi"]} ;;
  stack) echo '${state}' > "$4" ;;
  up) sleep 60 ;;
esac`,
  );
  for (const name of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
    await machine.put(name, "exit 0");
  return { machine, directory: copyProject(t) };
}

it("a rotation that is stopped says that it is not done, and how to go on", async (t) => {
  const { machine, directory } = await machineOf(t);
  const args = ["secrets", "rotate", "KUBE_CONFIG_DATA", "--stack", "staging", "--directory", directory];
  const rotation = start(machine, args);
  while (!(await machine.calls()).includes("up")) await wait(50);
  rotation.kill("SIGINT");
  const { code, stderr } = await rotation.answer;
  assert.equal(code, 130);
  assert.match(stderr, /^Stopped by SIGINT\.$/m);
  assert.match(stderr, /the old value still works\. Run the same command again: it goes on from there/);
  assert.doesNotMatch(stderr, /nothing half-made/);
});

it("the steps of all stacks are told without a value, also where standard input is no terminal", async (t) => {
  const { machine, directory } = await machineOf(t);
  const one = await kai(machine, ["secrets", "rotate", "VERCEL_TOKEN", "--directory", directory]);
  assert.equal(one.code, 1);
  assert.match(one.stderr, /Say with --stack which one standard input is for/);
  const steps = await kai(machine, [
    "secrets",
    "rotate",
    "KUBE_CONFIG_DATA",
    "--dry-run",
    "--directory",
    directory,
  ]);
  assert.equal(steps.code, 0, steps.stderr);
  assert.match(steps.stdout, /In production:\n {2}1\. make the token .*\n.*\n {2}3\. revoke the old one/);
  assert.ok(!(await machine.calls()).includes("up"));
});
