/** `--providers real`: where GitHub's plugin comes from, and that it finds the simulated GitHub. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { Engine } from "../../engine/engine.ts";
import { UserError } from "../../errors.ts";
import { openClouds, serveClouds } from "../../sandbox/clouds.ts";
import { openCredentials } from "../../sandbox/credentials.ts";
import { Faults } from "../../sandbox/faults.ts";
import { serveGitHub } from "../../sandbox/github/http/server.ts";
import { bringPlugin, keepPort, lastPort, pluginVersion } from "../../sandbox/plugin.ts";
import { root } from "../support/world.ts";
import { served, TOKEN } from "./github/support.ts";

const FOLDER = `plugins/resource-github-v${pluginVersion}`;

/** A world's folder, a user's home, and an engine that notes how it was called and then runs a line of shell. */
function place(t: TestContext, line: string) {
  const top = mkdtempSync(join(tmpdir(), "kai-plugin-"));
  t.after(() => rmSync(top, { recursive: true, force: true }));
  const [directory, home, pulumi] = ["world", "user", "bin/pulumi"].map((name) => join(top, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [join(directory, "home"), join(directory, "clouds"), home, dirname(pulumi)])
    mkdirSync(folder, { recursive: true });
  writeFileSync(pulumi, `#!/bin/sh\necho "$@ $HTTPS_PROXY" > ${join(top, "called")}\n${line}\n`);
  chmodSync(pulumi, 0o755);
  const engine: Engine = { pulumi, version: "3.249.0", source: "path", directory: dirname(pulumi) };
  const env = { PATH: process.env.PATH, HOME: top, PULUMI_HOME: home, HTTPS_PROXY: "http://proxy.example" };
  return {
    directory,
    home,
    bring: () => bringPlugin({ directory, program: root, engine, env, say: () => {} }),
    called: () => (existsSync(join(top, "called")) ? readFileSync(join(top, "called"), "utf8").trim() : ""),
    forget: () => rmSync(join(top, "called")),
    has: () => existsSync(join(directory, "home", FOLDER)),
  };
}

describe("GitHub's plugin", () => {
  it("is downloaded by the engine into the world's home, by the user's way to the network, once", async (t) => {
    const world = place(t, `mkdir -p "$PULUMI_HOME/${FOLDER}"`);
    await world.bring();
    assert.ok(world.has());
    assert.equal(
      world.called(),
      `plugin install resource github ${pluginVersion} --non-interactive http://proxy.example`,
    );
    world.forget();
    await world.bring();
    assert.equal(world.called(), "", "the second time it is there");
  });

  it("is taken from the user's own home, without a network", async (t) => {
    const world = place(t, "exit 1");
    mkdirSync(join(world.home, FOLDER), { recursive: true });
    await world.bring();
    assert.ok(world.has());
    assert.equal(world.called(), "");
  });

  it("is not taken where the engine did not finish to install it", async (t) => {
    const world = place(t, `mkdir -p "$PULUMI_HOME/${FOLDER}"`);
    mkdirSync(join(world.home, FOLDER), { recursive: true });
    writeFileSync(join(world.home, `${FOLDER}.partial`), "");
    await world.bring();
    assert.match(world.called(), /^plugin install/);
  });

  it("says in one sentence that there is no network, and what else helps", async (t) => {
    const { bring } = place(t, "echo 'error: could not download plugin: no such host' >&2; exit 255");
    await assert.rejects(bring, (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /could not download GitHub's plugin .*no such host.*--file PATH/);
      return true;
    });
  });
});

describe("a world with the plugin", () => {
  it("attaches the engine to the stand-ins of the other clouds alone", async (t) => {
    const { directory } = place(t, "");
    mkdirSync(join(directory, "vaults"));
    const clouds = openClouds(directory, openCredentials(join(directory, "vaults/credentials.json"), []));
    const faults = new Faults(join(directory, "faults.json"));
    for (const [providers, names] of [
      ["simulated", "aws digitalocean github kubernetes vercel"],
      ["real", "aws digitalocean kubernetes vercel"],
    ] as const) {
      const { attach, stop } = await serveClouds(clouds, faults, providers);
      stop();
      const attached = attach.split(",").map((one) => one.split(":")[0]);
      assert.equal(attached.sort().join(" "), names);
    }
  });
});

describe("the port of the world's GitHub", () => {
  it("is the same in the next run: the engine keeps the plugin's address in the state", async (t) => {
    const { directory } = place(t, "");
    assert.equal(lastPort(directory), 0);
    keepPort(directory, { url: "http://127.0.0.1:4711" });
    assert.equal(lastPort(directory), 4711);
  });

  it("is another one where something else took it", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    t.after(() => other.close());
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as { port: number };
    const { world, faults } = await served(t);
    const server = await serveGitHub({ world, faults, token: TOKEN, port });
    t.after(() => server.stop());
    assert.notEqual(new URL(server.url).port, String(port));
    assert.equal((await fetch(`${server.url}/meta`)).status, 200);
  });
});
