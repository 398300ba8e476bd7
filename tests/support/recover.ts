/** Recovers a stack as somebody does who reads what `kai recover` says, and carries out its commands. */
import assert from "node:assert/strict";
import type { RecoveryReport } from "../../recovery/report.ts";
import { deleteAccessKey } from "../../sandbox/aws/iam.ts";
import { someCluster } from "../../sandbox/kubernetes/tampers.ts";
import type { TestWorld } from "./world.ts";

/** Answers the report; throws where it leaves anything that its own words do not say how to do. */
export async function recover(world: TestWorld, stack: string): Promise<RecoveryReport> {
  const { code, output } = await world.run("kai", "recover", "--stack", stack, "--json");
  const start = output.search(/^\{$/m);
  assert.ok(start >= 0, `kai recover ended with ${code}:\n${output}`);
  const report = JSON.parse(output.slice(start)) as RecoveryReport;
  assert.deepEqual(report.unchecked, []);
  for (const { taken, problem, name } of report.found) assert.ok(taken && !problem, `${name}: ${problem}`);
  assert.equal(code, report.byHand.length === 0 ? 0 : 1, output);
  for (const { steps } of report.byHand) await carryOut(world, steps);
  return report;
}

/** The commands of `steps`; those of the AWS command line on the world's own AWS. */
async function carryOut(world: TestWorld, steps: string[]): Promise<void> {
  let answer: string | undefined;
  for (const step of steps) {
    const asked = /^aws cloudfront list-origin-access-controls .*\[\?Name=='(.+)'\]\.Id" --output text$/.exec(
      step,
    );
    const deleted = /^aws iam delete-access-key --user-name \S+ --access-key-id (\S+)$/.exec(step);
    const adopted = /^pulumi config set --path '(.+)' ID --stack (\S+)$/.exec(step);
    const { store, vault } = world.clouds.aws;
    if (asked) {
      const controls = Object.values(store.data.originAccessControls);
      answer = controls.find(({ Config }) => Config.Name === asked[1])?.Id;
    }
    if (deleted) deleteAccessKey({ store, vault, region: "us-east-1" }, deleted[1] as string);
    if (adopted && answer)
      await world.succeed("pulumi", "config", "set", "--path", adopted[1]!, answer, "--stack", adopted[2]!);
    const unnamed = /^kubectl --namespace (\S+) delete secret NAME$/.exec(step);
    const listed = /^kubectl --namespace \S+ get \S+ --output name$/.test(step);
    const [, prefix] = /whose name begins with (\S+),/.exec(steps.join()) ?? [];
    if (unnamed && prefix) deleteBeginning(world, String(unnamed[1]), prefix);
    assert.ok(asked || deleted || adopted || listed || unnamed || /:$/.test(step), `no command: ${step}`);
  }
}

/** What `kubectl get` shows by that beginning, deleted. */
function deleteBeginning({ clouds }: TestWorld, namespace: string, prefix: string): void {
  const { api } = someCluster(clouds.kubernetes);
  for (const { apiVersion, kind, metadata } of api.list("Secret", namespace)) {
    if (metadata.name.startsWith(prefix)) api.delete({ apiVersion, kind, namespace, name: metadata.name });
  }
}
