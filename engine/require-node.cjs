"use strict";
/*
 * Loaded before the program (Pulumi.yaml, runtime.options.nodeargs): says in one sentence that Node is too old,
 * where Node itself would complain about the file extension ".ts".
 * CommonJS in the syntax of Node 14, so that the Node that is too old can read it.
 */
const oldest = 24;

if (Number(process.versions.node.split(".")[0]) < oldest) {
  const remedy =
    process.platform === "win32"
      ? 'set "PATH=%CD%\\node_modules\\.bin;%PATH%"'
      : 'export PATH="$PWD/node_modules/.bin:$PATH"';
  // writeSync, since process.exit() does not wait for what console.error still has in its pipe.
  require("node:fs").writeSync(
    2,
    `This program needs Node ${oldest} or newer, and ${process.execPath} is ${process.version}: run \`npm ci\`, ` +
      `which brings a Node that fits, then \`${remedy}\` in the project's folder, and try again.\n`,
  );
  // 32 is Pulumi's code for "the user already has the message": the engine stops without another one.
  process.exit(32);
}
