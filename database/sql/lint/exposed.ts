import type { Script, Statement } from "../statements.ts";
import { type Body, bodies, nameIn, nameOf } from "../tree.ts";
import { byType, type Context, type Rule } from "./rule.ts";

/** What Supabase alone has: its functions, its table of users, and the roles behind its REST interface. */
const SUPABASE =
  /\bauth\s*\.\s*(uid|jwt|role|email|users)\b|\b(to|from|grant)\s+"?(anon|authenticated|service_role)\b/i;

/** In a DO block or an event trigger it is meant for tables that the text does not name. */
const IN_A_LOOP = /\benable\s+row\s+level\s+security\b/i;

/**
 * Tables that anybody who has the project's public key reaches through Supabase's REST interface.
 * @param scripts All files that are known, before and after the one that makes a table.
 * @returns True for a table that is left open; undefined where the files are not for Supabase, or say more than can be seen.
 */
export function openTables(scripts: readonly Script[]): ((table: string) => boolean) | undefined {
  const statements = scripts.flatMap((script) => script.statements);
  if (!statements.some(({ text }) => SUPABASE.test(text))) return undefined;
  if (statements.some((one) => isCode(one) && IN_A_LOOP.test(one.text))) return undefined;
  const closed = new Set<string>();
  // The last one first: a table may be protected, or dropped, under a later name.
  for (const { node } of statements.toReversed()) {
    if ("AlterTableStmt" in node && protects(node.AlterTableStmt))
      closed.add(nameOf(node.AlterTableStmt.relation));
    if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_TABLE") {
      for (const { items } of bodies(node.DropStmt.objects, "List")) closed.add(nameIn(items));
    }
    if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_TABLE") {
      const { relation, newname = "" } = node.RenameStmt;
      if (closed.has(nameOf({ ...relation, relname: newname }))) closed.add(nameOf(relation));
    }
    if ("AlterObjectSchemaStmt" in node) closed.add(nameOf(node.AlterObjectSchemaStmt.relation));
  }
  return (table) => !closed.has(table);
}

function isCode({ node }: Statement): boolean {
  return "DoStmt" in node || "CreateFunctionStmt" in node;
}

function protects({ cmds }: Body<"AlterTableStmt">): boolean {
  return bodies(cmds, "AlterTableCmd").some(({ subtype }) => subtype === "AT_EnableRowSecurity");
}

/** The rule about them. */
export const EXPOSED_RULES: Rule[] = [
  {
    name: "table-without-row-level-security",
    finds:
      "on Supabase, a table in `public` without row level security: everybody who has the public key reads and writes it",
    better: "add ALTER TABLE … ENABLE ROW LEVEL SECURITY, and a policy for each use that is allowed",
    source: "https://supabase.com/docs/guides/database/postgres/row-level-security",
    check: byType({
      CreateStmt: ({ relation }, context) => exposed(relation, context),
      CreateTableAsStmt: ({ into, objtype }, context) =>
        objtype === "OBJECT_TABLE" ? exposed(into?.rel, context) : [],
    }),
  },
];

function exposed(relation: Body<"RangeVar"> | undefined, { script, number, isOpen }: Context): string[] {
  const table = nameOf(relation);
  if (!isOpen?.(table) || relation?.relpersistence === "t") return [];
  if ((relation?.schemaname ?? "public") !== "public") return [];
  const elsewhere = script.statements.slice(0, number).some(({ sets }) => sets === "search_path");
  if (elsewhere && !relation?.schemaname) return [];
  return [`no file enables row level security for ${table}, so Supabase publishes it to everybody`];
}
