/** Faults of many kinds to plant into the fixtures: a sound Supabase application of 42 files. */
import { fileURLToPath } from "node:url";
import { type Fault, type Migration, type Rehearsal, readMigrations } from "../../../database/index.ts";

/** One fault, and what the rehearsal must say about it. */
export interface Plant {
  /** Start of the file's name. */
  file: string;
  /** What is replaced; the end of the file when empty. */
  old: string;
  new: string;
  /** Text in whose line the fault is; default: the start of `new`. */
  at?: string;
  message: RegExp;
  hint: RegExp;
}

export const PLANTS = {
  extensionName: {
    file: "001",
    old: "vector WITH",
    new: "pgvector WITH",
    message: /extension "pgvector" is not available/,
    hint: /called vector/,
  },
  extensionPreinstalled: {
    file: "001",
    old: "IF NOT EXISTS pgcrypto",
    new: "pgcrypto",
    message: /extension "pgcrypto" already exists/,
    hint: /IF NOT EXISTS/,
  },
  functionOfTrigger: {
    file: "005",
    old: "EXECUTE FUNCTION public.welcome_user",
    new: "EXECUTE FUNCTION public.welcom_user",
    at: "CREATE TRIGGER on_auth",
    message: /function public\.welcom_user\(\) does not exist/,
    hint: /welcome_user exists/,
  },
  policyClause: {
    file: "006",
    old: "FOR INSERT TO authenticated WITH CHECK",
    new: "FOR INSERT TO authenticated USING",
    at: 'CREATE POLICY "members make',
    message: /only WITH CHECK expression allowed for INSERT/,
    hint: /WITH CHECK/,
  },
  openQuote: {
    file: "007",
    old: "'22:00'",
    new: "'22:00",
    message: /unterminated quoted string/,
    hint: /./,
  },
  columnInIndex: {
    file: "008",
    old: "ON public.memberships (member_id);",
    new: "ON public.memberships (members_id);",
    message: /column "members_id" does not exist/,
    hint: /member_id exists/,
  },
  defaultFunction: {
    file: "012",
    old: "uuid_generate_v4()",
    new: "uuid_generat_v4()",
    message: /function uuid_generat_v4\(\) does not exist/,
    hint: /uuid_generate_v4/,
  },
  referencedTable: {
    file: "012",
    old: "REFERENCES public.wheels",
    new: "REFERENCES public.weels",
    message: /relation "public\.weels" does not exist/,
    hint: /wheels exists/,
  },
  columnType: {
    file: "014",
    old: "state public.firing_state",
    new: "state public.firing_status",
    message: /type "public\.firing_status" does not exist/,
    hint: /./,
  },
  enumValueAtOnce: {
    file: "015",
    old: "",
    new: "UPDATE public.firings SET state = 'failed' WHERE state = 'failed';",
    message: /unsafe use of new value/,
    hint: /file of its own/,
  },
  commaTooMany: {
    file: "017",
    old: "updated_at timestamptz NOT NULL DEFAULT now()\n);",
    new: "updated_at timestamptz NOT NULL DEFAULT now(),\n);",
    at: ");\nCREATE TRIGGER pieces",
    message: /syntax error at or near "\)"/,
    hint: /comma too many/,
  },
  notImmutable: {
    file: "018",
    old: "to_tsvector('english', title)",
    new: "to_tsvector(title)",
    at: "ADD COLUMN words",
    message: /generation expression is not immutable/,
    hint: /text search configuration/,
  },
  operatorClass: {
    file: "019",
    old: "vector_cosine_ops",
    new: "vector_cosinus_ops",
    at: "CREATE INDEX",
    message: /operator class "vector_cosinus_ops" does not exist/,
    hint: /./,
  },
  policyCheck: {
    file: "021",
    old: "FOR SELECT USING (published)",
    new: "FOR SELECT WITH CHECK (published)",
    at: 'CREATE POLICY "published',
    message: /WITH CHECK cannot be applied to SELECT/,
    hint: /USING/,
  },
  ownedBySupabase: {
    file: "022",
    old: "",
    new: "ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;",
    message: /must be owner of table objects/,
    hint: /belongs to Supabase/,
  },
  conflictTarget: {
    file: "023",
    old: "ON CONFLICT (code)",
    new: "ON CONFLICT (name)",
    at: "INSERT INTO public.glazes",
    message: /no unique or exclusion constraint matching the ON CONFLICT/,
    hint: /unique index or constraint/,
  },
  domainValue: {
    file: "023",
    old: "980)",
    new: "1980)",
    at: "INSERT INTO public.glazes",
    message: /violates check constraint/,
    hint: /row does not fit/,
  },
  foreignKeyType: {
    file: "024",
    old: "glaze_code text",
    new: "glaze_code integer",
    message: /cannot be implemented/,
    hint: /same type/,
  },
  indexNotImmutable: {
    file: "025",
    old: "(piece_id, created_at DESC)",
    new: "(piece_id, (created_at::date))",
    at: "CREATE INDEX comments",
    message: /must be marked IMMUTABLE/,
    hint: /AT TIME ZONE/,
  },
  madeLater: {
    file: "026",
    old: "public.comments, public.firings",
    new: "public.comments, public.orders",
    message: /relation "public\.orders" does not exist/,
    hint: /made by 027_orders\.sql:1, which comes later/,
  },
  viewColumn: {
    file: "028",
    old: "o.buyer_id, sum",
    new: "o.byer_id, sum",
    at: "SELECT o.id",
    message: /column o\.byer_id does not exist/,
    hint: /buyer_id/,
  },
  functionBody: {
    file: "031",
    old: "  END LOOP;",
    new: "  END;",
    message: /syntax error/,
    hint: /./,
  },
  doBlock: {
    file: "033",
    old: "'orders', ",
    new: "'ordres', ",
    at: "DO $$",
    message: /relation "public\.ordres" does not exist/,
    hint: /orders exists/,
  },
  semicolon: {
    file: "027",
    old: "DEFAULT 'EUR'\n);",
    new: "DEFAULT 'EUR'\n)",
    at: "CREATE TABLE public.order_lines",
    message: /syntax error at or near "CREATE"/,
    hint: /semicolon is missing/,
  },
  renamedColumn: {
    file: "037",
    old: "COLUMN story",
    new: "COLUMN storey",
    at: "ALTER TABLE public.pieces",
    message: /column "storey" does not exist/,
    hint: /story exists/,
  },
  concurrentlyInside: {
    file: "038",
    old: "CREATE INDEX CONCURRENTLY IF NOT EXISTS pieces_maker",
    new: "BEGIN;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS pieces_maker",
    at: "CREATE INDEX CONCURRENTLY IF NOT EXISTS pieces_maker",
    message: /cannot run inside a transaction/,
    hint: /./,
  },
  twice: {
    file: "042",
    old: "",
    new: "CREATE TYPE public.member_role AS ENUM ('owner');",
    message: /type "member_role" already exists/,
    hint: /002_types\.sql:1/,
  },
  superuser: {
    file: "042",
    old: "",
    new: "ALTER SYSTEM SET work_mem = '64MB';",
    message: /permission denied/,
    hint: /superuser/,
  },
} satisfies Record<string, Plant>;

export type PlantName = keyof typeof PLANTS;

/** The sound folder. */
export function fixtures(): Promise<Migration[]> {
  return readMigrations(fileURLToPath(new URL("fixtures", import.meta.url)));
}

/** Plants faults, and says where each is then. */
export function plant(
  sound: readonly Migration[],
  names: readonly PlantName[],
): { migrations: Migration[]; expected: Map<PlantName, string> } {
  const texts = new Map(sound.map((file) => [file.name, file.sql]));
  const nameOf = (start: string) => sound.find(({ name }) => name.startsWith(start))!.name;
  const plants = names.map((name): [PlantName, Plant, string] => [
    name,
    PLANTS[name],
    nameOf(PLANTS[name].file),
  ]);
  for (const [name, { old, new: text }, file] of plants) {
    const before = texts.get(file)!;
    if (!before.includes(old)) throw new Error(`${name}: nothing to replace`);
    texts.set(file, old === "" ? `${before}${text}\n` : before.replace(old, text));
  }
  const expected = new Map(
    plants.map(([name, one, file]) => {
      const text = texts.get(file)!;
      const index = text.indexOf(one.at ?? one.new);
      if (index < 0) throw new Error(`${name}: the place is not there`);
      return [name, `${file}:${text.slice(0, index).split("\n").length}`];
    }),
  );
  const migrations = sound.map((file) => ({ ...file, sql: texts.get(file.name)! }));
  return { migrations, expected };
}

/** All faults of one kind. */
export function faultsOf(rehearsal: Rehearsal, kind: Fault["kind"]): Fault[] {
  return rehearsal.files.flatMap(({ faults }) => faults).filter((fault) => fault.kind === kind);
}
