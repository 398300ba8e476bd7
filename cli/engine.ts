import { Command } from "commander";
import { findEngine } from "../engine/find-engine.ts";
import { showProgress } from "../engine/progress.ts";

const sources = {
  path: "found on PATH",
  cache: "from the cache",
  download: "downloaded just now",
  go: "built with Go just now",
};

/** `kai engine`: where the Pulumi engine of this program is; makes it where there is none yet. */
export function engineCommand(): Command {
  return new Command("engine")
    .summary("say where the Pulumi engine is; make it where there is none")
    .description(
      "Says where the Pulumi engine is that this program runs with. It is looked for on PATH, in the cache of " +
        "your user, then downloaded, then built with Go; the last two happen once.",
    )
    .option("--json", "answer as JSON: pulumi, version, source, directory")
    .addHelpText(
      "after",
      `
Examples:
  kai engine                                     the path of the pulumi executable, and where it is from
  export PATH="$(kai engine --json | jq -r .directory):$PATH"   use it in this shell`,
    )
    .action(async (options: { json?: true }) => {
      const engine = await findEngine({ progress: showProgress(process.stderr) });
      if (options.json) console.log(JSON.stringify(engine, null, 2));
      else console.log(`${engine.pulumi}\nPulumi ${engine.version}, ${sources[engine.source]}`);
    });
}
