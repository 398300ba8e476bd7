#!/usr/bin/env node
"use strict";
/*
 * The `kai` command. It runs TypeScript as it stands, which needs Node 24; where an older Node starts it,
 * it hands over to the Node that the npm package `node` brought.
 * CommonJS in the syntax of Node 14, so that the older Node can read it.
 */
const { spawn } = require("node:child_process");
const path = require("node:path");

const oldest = 24;

function handOver(node) {
  const child = spawn(node, [path.join(__dirname, "main.ts"), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // The terminal sends Ctrl-C to both; the child cleans up, and this process waits for its answer.
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // It is not there: the check says what to do, and exits.
  child.on("error", () => require("../engine/require-node.cjs"));
  child.on("exit", (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    } else {
      process.exitCode = code;
    }
  });
}

if (Number(process.versions.node.split(".")[0]) >= oldest) {
  // Half of the start. Beside the packages, where nobody else can write; without a place to write it does nothing.
  require("node:module").enableCompileCache(path.join(__dirname, "..", "node_modules", ".cache", "kai"));
  import("./main.ts");
} else {
  const name = process.platform === "win32" ? "node.exe" : "node";
  handOver(path.join(__dirname, "..", "node_modules", "node", "bin", name));
}
