/**
 * A process of its own for the official download: `node download-worker.ts VERSION FOLDER`.
 * The Automation API's installer runs a shell script that cannot be stopped from outside; a process group can.
 */
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import semver from "semver";

const [version, folder] = process.argv.slice(2);
const parsed = semver.parse(version);
if (parsed === null || folder === undefined) throw new Error("usage: download-worker.ts VERSION FOLDER");
await PulumiCommand.install({ version: parsed, root: folder });
