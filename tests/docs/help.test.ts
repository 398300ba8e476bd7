/** Every command of `kai` explains itself, and the examples in its help exist. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "commander";
import { commandsOf, KAI, problemOf } from "./commands.ts";

interface Named {
  name: string;
  command: Command;
}

const every = (command: Command, before = "kai"): Named[] => {
  const name = `${before} ${command.name()}`;
  return [{ name, command }, ...command.commands.flatMap((sub) => every(sub, name))];
};

function helpOf(command: Command): string {
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  return help;
}

describe("the help of each command", () => {
  for (const { name, command } of KAI.flatMap((top) => every(top))) {
    it(`${name}: says what it, its options and its arguments do`, () => {
      assert.notEqual(command.description(), "");
      for (const option of command.options) assert.notEqual(option.description, "", option.flags);
      for (const argument of command.registeredArguments)
        assert.notEqual(argument.description, "", argument.name());
    });

    it(`${name}: shows commands that exist`, async () => {
      const [, examples = ""] = helpOf(command).split(/^Examples:$/m);
      const lines = examples.split("\n").filter((line) => /^ {2}(npm|npx|kai|export) /.test(line));
      for (const line of lines) {
        const [shown = ""] = line.trim().split(/\s{2,}/);
        for (const words of commandsOf(shown)) assert.equal(await problemOf(words), undefined, shown);
      }
    });
  }

  it("has examples at the top of each tree", () => {
    for (const command of KAI) {
      const texts = every(command).map((one) => helpOf(one.command));
      assert.ok(
        texts.some((text) => text.includes("Examples:")),
        command.name(),
      );
    }
  });
});
