import { Command } from "commander";
import { listCommand } from "./list.ts";
import { rotateCommand } from "./rotate.ts";

/** `kai secrets`: which there are, how old, and new values for them. */
export function secretsCommand(): Command {
  const secrets = new Command("secrets")
    .summary("list the pipeline's secrets with their age, and rotate them")
    .description(
      "The secrets of GitHub Actions that the pipeline's model names: where each lives, where its value comes from, who " +
        "reads it, and when it was last written; and new values for them. Values are never shown.",
    )
    .helpCommand(false);
  for (const command of [listCommand(), rotateCommand()]) secrets.addCommand(command);
  return secrets;
}
