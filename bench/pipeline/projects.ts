/** Projects that the program is compared with. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * A project whose program does nothing but declare so many components that hold nothing: what the engine and the SDK
 * need for as many resources, without any provider. Answers its folder.
 */
export function bareProject(directory: string, root: string, components: number): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    join(directory, "Pulumi.yaml"),
    "name: bare\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
  );
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }\n');
  writeFileSync(
    join(directory, "index.ts"),
    `import { ComponentResource } from "@pulumi/pulumi";
for (let index = 0; index < ${components}; index++) new ComponentResource("bench:index:Bare", \`bare-\${index}\`);
`,
  );
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  return directory;
}

/**
 * A copy of the program that runs under Pulumi's default loader, ts-node with type checks: the SDK takes that loader
 * wherever ts-node is installed beside it. Answers the folder.
 */
export async function defaultLoaderProject(directory: string, root: string): Promise<string> {
  const { stdout } = await run("git", ["ls-files"], { cwd: root });
  for (const file of stdout.trim().split("\n")) cpSync(join(root, file), join(directory, file));
  // Links to the same files: a copy takes long, and a symbolic link would lead the SDK back to the original.
  await run("cp", ["-rl", join(root, "node_modules"), join(directory, "node_modules")]);
  await run(
    "npm",
    [
      "install",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--legacy-peer-deps",
      "--ignore-scripts",
      "ts-node@10.9.2",
    ],
    { cwd: directory },
  );
  const file = join(directory, "Pulumi.yaml");
  writeFileSync(file, (await readFile(file, "utf8")).replace("typescript: false", "typescript: true"));
  return directory;
}
