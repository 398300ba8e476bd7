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
