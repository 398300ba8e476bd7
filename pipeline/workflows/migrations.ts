import type { Settings } from "../../settings.ts";
import { databaseUrl, label } from "../names.ts";
import type { ReadSecret } from "./expressions.ts";
import { programCommand, programFolder, script } from "./steps.ts";
import type { Step } from "./types.ts";

/** Applies the pending migrations with the engine that `pulumi up` uses too, then asks Supabase's API for an answer. */
export function migrationSteps(settings: Settings, secret: ReadSecret): Step[] {
  if (!settings.clouds.database) return [];
  const { environment, migrations } = settings;
  return [
    programCommand(settings),
    {
      name: "Run database migrations",
      "working-directory": programFolder(settings),
      // The variable carries the environment's name, so that one environment's files cannot reach another's database.
      env: {
        [databaseUrl(environment.name)]: secret(databaseUrl(environment.name)),
        ENVIRONMENT: environment.name,
        DIRECTORY: migrations.directory,
        HISTORY_SCHEMA: migrations.schema,
        HISTORY_TABLE: migrations.table,
      },
      run: script(`
        npm run --silent kai -- migrate up --environment "$ENVIRONMENT" --dir "$DIRECTORY" \\
          --schema "$HISTORY_SCHEMA" --table "$HISTORY_TABLE"
      `),
    },
    {
      name: "Check that Supabase answers",
      env: {
        SUPABASE_URL: secret(`SUPABASE_URL_${label(environment.name)}`),
        SUPABASE_KEY: secret(`SUPABASE_KEY_${label(environment.name)}`),
      },
      // The key goes in by standard input: the arguments of a process can be read by every other one.
      run: script(`
        printf 'url = "%s/rest/v1/"\\nheader = "apikey: %s"\\nheader = "Authorization: Bearer %s"\\n' \\
          "\${SUPABASE_URL%/}" "$SUPABASE_KEY" "$SUPABASE_KEY" |
          curl --config - --fail --silent --show-error --output /dev/null --max-time 20 --retry 5 --retry-all-errors
      `),
    },
  ];
}

/** Names every file that cannot apply, in the log and in the summary; fails when something is wrong in a file. */
export function rehearseStep(stacks: readonly Settings[]): Step {
  return {
    name: "Rehearse the migrations",
    "working-directory": programFolder(stacks[0]!),
    env: { DIRECTORIES: [...new Set(stacks.map(({ migrations }) => migrations.directory))].join("\n") },
    run: script(`
      wrong=0
      while IFS= read -r directory; do
        npm run --silent kai -- migrate rehearse --dir "$directory" < /dev/null > "$RUNNER_TEMP/rehearsal" || wrong=1
        cat "$RUNNER_TEMP/rehearsal"
        { echo '\`\`\`'; head --bytes=${SUMMARY_BYTES} "$RUNNER_TEMP/rehearsal"; echo '\`\`\`'; } >> "$GITHUB_STEP_SUMMARY"
      done <<< "$DIRECTORIES"
      exit "$wrong"
    `),
  };
}

/** GitHub takes 1 MiB a step. */
const SUMMARY_BYTES = 400_000;
