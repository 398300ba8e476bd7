/**
 * What Supabase offers and PGlite has not. Each gets a control file and a script of its own in the throwaway server, so
 * that CREATE EXTENSION works there, with stand-ins for the functions that migrations call. What is not listed in
 * `makes` and missing is a fault of the file; what is, could not be tried here.
 */
export interface StandIn {
  /** Lines of the control file beside comment and version. */
  control?: string[];
  /** Lines of the script; no backslashes (COPY writes the file). */
  script?: string[];
  /** Matches names of types and functions that the extension would make and the stand-in does not. */
  makes?: RegExp;
}

const inSchema = (schema: string, ...lines: string[]) => [`create schema if not exists ${schema};`, ...lines];

/** By the name in CREATE EXTENSION. */
export const STAND_INS: Record<string, StandIn> = {
  pg_cron: {
    control: ["schema = pg_catalog", "relocatable = false"],
    script: inSchema(
      "cron",
      "create table cron.job (jobid bigserial primary key, schedule text, command text, nodename text, nodeport int, database text, username text, active boolean, jobname text);",
      "create table cron.job_run_details (jobid bigint, runid bigserial, job_pid int, database text, username text, command text, status text, return_message text, start_time timestamptz, end_time timestamptz);",
      "create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as 'insert into cron.job (jobname, schedule, command) values (job_name, $2, $3) returning jobid';",
      "create function cron.schedule(schedule text, command text) returns bigint language sql as 'insert into cron.job (schedule, command) values ($1, $2) returning jobid';",
      "create function cron.alter_job(job_id bigint, schedule text default null, command text default null, database text default null, username text default null, active boolean default null) returns void language sql as 'update cron.job set schedule = coalesce($2, schedule), command = coalesce($3, command) where jobid = $1';",
      "create function cron.schedule_in_database(job_name text, schedule text, command text, database text, username text default null, active boolean default true) returns bigint language sql as 'insert into cron.job (jobname, schedule, command) values ($1, $2, $3) returning jobid';",
      "create function cron.unschedule(job_name text) returns boolean language plpgsql as 'begin delete from cron.job where jobname = job_name; if not found then raise exception ''could not find valid entry for job %'', quote_literal(job_name); end if; return true; end';",
      "create function cron.unschedule(job_id bigint) returns boolean language plpgsql as 'begin delete from cron.job where jobid = job_id; if not found then raise exception ''could not find valid entry for job %'', job_id; end if; return true; end';",
    ),
    makes: /^cron\./,
  },
  pg_net: {
    control: ["relocatable = false"],
    script: inSchema(
      "net",
      "create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';",
      "create function net.http_get(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';",
      "create function net.http_delete(url text, params jsonb default '{}', headers jsonb default '{}', timeout_milliseconds int default 5000) returns bigint language sql as 'select 1::bigint';",
      "create table net._http_response (id bigint, status_code int, content_type text, headers jsonb, content text, timed_out boolean, error_msg text, created timestamptz default now());",
    ),
    makes: /^net\./,
  },
  supabase_vault: {
    control: ["schema = vault", "relocatable = false"],
    script: [
      "create table vault.secrets (id uuid primary key default gen_random_uuid(), name text, description text not null default '', secret text not null, key_id uuid, nonce bytea, created_at timestamptz not null default now(), updated_at timestamptz not null default now());",
      "create view vault.decrypted_secrets as select id, name, description, secret, secret as decrypted_secret, key_id, nonce, created_at, updated_at from vault.secrets;",
      "create function vault.create_secret(new_secret text, new_name text default null, new_description text default '', new_key_id uuid default null) returns uuid language sql as 'insert into vault.secrets (secret, name, description) values ($1, $2, $3) returning id';",
      "create function vault.update_secret(secret_id uuid, new_secret text default null, new_name text default null, new_description text default null, new_key_id uuid default null) returns void language sql as 'update vault.secrets set secret = coalesce($2, secret), name = coalesce($3, name) where id = $1';",
    ],
    makes: /^vault\./,
  },
  pgjwt: {
    script: [
      "create function url_encode(data bytea) returns text language sql immutable as 'select encode($1, ''base64'')';",
      "create function url_decode(data text) returns bytea language sql immutable as 'select decode($1, ''base64'')';",
      "create function sign(payload json, secret text, algorithm text default 'HS256') returns text language sql immutable as 'select ''''::text';",
      "create function verify(token text, secret text, algorithm text default 'HS256') returns table (header json, payload json, valid boolean) language sql immutable as 'select null::json, null::json, false';",
    ],
  },
  pg_graphql: {
    control: ["schema = graphql", "relocatable = false"],
    script: [
      `create function graphql.resolve(query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null) returns jsonb language sql as 'select null::jsonb';`,
    ],
    makes: /^graphql(_public)?\./,
  },
  pgmq: {
    control: ["relocatable = false"],
    script: inSchema(
      "pgmq",
      "create function pgmq.create(queue_name text) returns void language plpgsql as 'begin execute format(''create table if not exists pgmq.%I (msg_id bigserial primary key, read_ct int, enqueued_at timestamptz, vt timestamptz, message jsonb)'', ''q_'' || queue_name); end';",
      "create function pgmq.send(queue_name text, msg jsonb, delay int default 0) returns setof bigint language sql as 'select 1::bigint';",
    ),
    makes: /^pgmq\./,
  },
  pgsodium: { control: ["schema = pgsodium", "relocatable = false"], makes: /^pgsodium\./ },
  http: { makes: /^(http(_\w+)?|urlencode)$/ },
  postgis: {
    makes:
      /^(geometry|geography|box[23]d|raster|st_\w+|geometry_columns|spatial_ref_sys|gist_geometry\w*|addgeometrycolumn)$/,
  },
  postgis_raster: { makes: /^(raster|st_\w+)$/ },
  postgis_topology: { makes: /^topology\./ },
  postgis_tiger_geocoder: { makes: /^tiger\./ },
  postgis_sfcgal: { makes: /^st_\w+$/ },
  pgrouting: { makes: /^pgr_\w+$/ },
  address_standardizer: { makes: /^standardize_address$/ },
  pg_jsonschema: {
    script: [
      "create function json_matches_schema(schema json, instance json) returns boolean language sql immutable as 'select true';",
      "create function jsonb_matches_schema(schema json, instance jsonb) returns boolean language sql immutable as 'select true';",
      "create function jsonschema_is_valid(schema json) returns boolean language sql immutable as 'select true';",
    ],
  },
  pg_hashids: {
    script: [
      "create function id_encode(number bigint, salt text default '', min_length int default 0) returns text language sql immutable as 'select $1::text';",
      "create function id_decode(hash text, salt text default '', min_length int default 0) returns bigint[] language sql immutable as 'select array[0::bigint]';",
    ],
  },
  wrappers: { makes: /_fdw_(handler|validator)$/ },
  postgres_fdw: { makes: /^postgres_fdw/ },
  dblink: { makes: /^dblink/ },
  pgtap: { makes: /^(plan|finish|has_\w+|is|ok|throws_ok|lives_ok|results_eq|no_plan)$/ },
  pgroonga: { makes: /^pgroonga/ },
  rum: { makes: /^rum/ },
  plv8: { makes: /^plv8$/ },
  timescaledb: { makes: /^(create_hypertable|time_bucket|add_\w+_policy)$/ },
  hypopg: { makes: /^hypopg/ },
  index_advisor: { makes: /^index_advisor$/ },
  pg_repack: {},
  pgaudit: {},
  pg_prewarm: { makes: /^pg_prewarm/ },
  pgrowlocks: { makes: /^pgrowlocks$/ },
  pgstattuple: { makes: /^pgstat\w+$/ },
  plpgsql_check: { makes: /^plpgsql_check/ },
  pg_stat_monitor: {},
  pg_tle: { makes: /^pgtle\./ },
  autoinc: { makes: /^autoinc$/ },
  insert_username: { makes: /^insert_username$/ },
  refint: { makes: /^check_(primary|foreign)_key$/ },
  intagg: { makes: /^int_a/ },
  sslinfo: { makes: /^ssl_/ },
  xml2: { makes: /^xpath_|^xslt_/ },
};

/** What PGlite brings: name in CREATE EXTENSION, and the module. */
export const BUNDLED: Record<string, string> = Object.fromEntries(
  (
    "amcheck auto_explain bloom btree_gin btree_gist citext cube dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch " +
    "hstore intarray isn lo ltree moddatetime pageinspect pg_buffercache pg_freespacemap pg_stat_statements pg_surgery " +
    "pg_trgm pg_visibility pg_walinspect pgcrypto seg tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp"
  )
    .split(" ")
    .map((name) => [name, name.replace("-", "_")]),
);

/** Installed in a new project: CREATE EXTENSION without IF NOT EXISTS fails for these. */
export const PREINSTALLED = ["pg_stat_statements", "pg_graphql", "supabase_vault"];

/** What people write, and what the extension is called. */
const ALIASES: Record<string, string> = {
  pgvector: "vector",
  pg_vector: "vector",
  vectors: "vector",
  uuid: "uuid-ossp",
  uuid_ossp: "uuid-ossp",
  "uuid-oosp": "uuid-ossp",
  uuidossp: "uuid-ossp",
  pg_crypto: "pgcrypto",
  crypto: "pgcrypto",
  trgm: "pg_trgm",
  pgtrgm: "pg_trgm",
  pg_trigram: "pg_trgm",
  cron: "pg_cron",
  pgcron: "pg_cron",
  pgnet: "pg_net",
  vault: "supabase_vault",
  pg_http: "http",
  pgsql_http: "http",
  pg_graphiql: "pg_graphql",
  fulltext: "pg_trgm",
};

/** The extension that somebody meant, when no server has one of this name. */
export function meantExtension(name: string): string | undefined {
  const known = [...Object.keys(STAND_INS), ...Object.keys(BUNDLED), "vector"];
  return ALIASES[name.toLowerCase()] ?? nearest(name, known);
}

/** The extension that makes what is missing, among those that are no more than a stand-in here. */
export function untriedExtension(missing: string): string | undefined {
  return Object.keys(STAND_INS).find((name) => standInLacks(name, missing));
}

/** Whether an extension makes what its stand-in does not. @param missing `schema.name` or `name` */
export function standInLacks(extension: string, missing: string): boolean {
  const full = missing.toLowerCase();
  const makes = STAND_INS[extension]?.makes;
  return makes !== undefined && (makes.test(full) || makes.test(full.split(".").at(-1)!));
}

const MAKERS: Record<string, RegExp> = {
  vector:
    /^((half|sparse)?vec(tor)?(_\w+_ops)?|hnsw|ivfflat|cosine_distance|l2_distance|inner_product|vector_\w+)$/,
  pg_trgm: /^(gin_trgm_ops|gist_trgm_ops|similarity|word_similarity|strict_word_similarity|show_trgm)$/,
  "uuid-ossp": /^uuid_(generate_v\w+|nil|ns_\w+)$/,
  pgcrypto: /^(crypt|gen_salt|digest|hmac|gen_random_bytes|pgp_\w+|encrypt|decrypt)$/,
  citext: /^citext$/,
  hstore: /^hstore$/,
  ltree: /^(ltree|lquery|ltxtquery|subpath|nlevel)$/,
  unaccent: /^unaccent$/,
  btree_gist: /^gist_(int|text|uuid|timestamp)\w*_ops$/,
  moddatetime: /^moddatetime$/,
  fuzzystrmatch: /^(levenshtein\w*|soundex|difference|metaphone|dmetaphone\w*)$/,
  earthdistance: /^(earth|ll_to_earth|earth_distance|earth_box)$/,
  cube: /^cube$/,
  tablefunc: /^(crosstab\w*|normal_rand|connectby)$/,
};

/** The extension that makes a type, function, operator class or access method of this name. */
export function extensionOf(name: string): string | undefined {
  return Object.keys(MAKERS).find((extension) => MAKERS[extension]!.test(name.toLowerCase()));
}

/** The name that is at most a typing error away: one letter in four, at most three. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(name.length / 4))) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance > 0 && distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, replacements; swapped neighbours count as one. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        next[j] = Math.min(next[j]!, before[j - 2]! + 1);
      }
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
