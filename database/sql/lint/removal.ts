import { renamedObject } from "../new-objects.ts";
import { type Body, bodies, nameIn, nameOf, wordsOf } from "../tree.ts";
import { alterTable, byType, type Context, type Rule } from "./rule.ts";

/** Rules about what a running release, or somebody's data, loses. */
export const REMOVAL_RULES: Rule[] = [
  {
    name: "drop-table",
    finds: "`DROP TABLE` of a table that the same run did not make",
    better: "release a version that does not use it first, and drop it in a later release",
    source: "https://squawkhq.com/docs/ban-drop-table",
    check: byType({
      DropStmt: ({ objects, removeType }, { created }) => {
        if (removeType !== "OBJECT_TABLE") return [];
        const names = bodies(objects, "List").map(({ items }) => nameIn(items));
        return names
          .filter((name) => !created.has(name))
          .map((name) => `${name} and its rows are lost, and the release that is running may use it`);
      },
    }),
  },
  {
    name: "drop-column",
    finds: "`DROP COLUMN`: the rows' values are lost, and the running release may read it",
    better: "release a version that does not use it first, and drop it in a later release",
    source: "https://squawkhq.com/docs/ban-drop-column",
    check: alterTable(({ subtype, name }, table, { created }) =>
      subtype === "AT_DropColumn" && !created.hasColumn(table, name)
        ? [`${table}.${name} and its values are lost, and the release that is running may use it`]
        : [],
    ),
  },
  {
    name: "drop-cascade",
    finds:
      "`DROP SCHEMA`, `TYPE`, `DOMAIN` or `EXTENSION` with `CASCADE`, `DROP OWNED`: tables or columns go with it",
    better: "drop what depends on it by name first, so that the file says what is lost",
    source: "https://www.postgresql.org/docs/current/ddl-depend.html",
    check: byType({
      DropStmt: ({ objects, removeType, behavior }, { created }) => {
        const kind = /^OBJECT_(SCHEMA|TYPE|DOMAIN|EXTENSION)$/.exec(removeType ?? "")?.[1]?.toLowerCase();
        if (!kind || behavior !== "DROP_CASCADE") return [];
        return namesOf(objects)
          .filter((name) => !created.has(kind === "schema" ? `schema ${name}` : name))
          .map((name) => `tables or columns that depend on the ${kind} ${name} are dropped with it`);
      },
      DropOwnedStmt: () => ["everything that the role owns in this database is dropped"],
    }),
  },
  {
    name: "rename",
    finds: "a new name or schema for a table, view, column, function, schema or enum value that exists",
    better:
      "add the new one beside the old one, move the code over, and remove the old one in a later release",
    source: "https://squawkhq.com/docs/renaming-column",
    check: byType({
      RenameStmt: renamed,
      AlterObjectSchemaStmt: ({ relation, newschema }, { created }) =>
        relation && !created.has(nameOf(relation))
          ? [`the release that is running looks for ${nameOf(relation)} where it is now, not in ${newschema}`]
          : [],
      AlterEnumStmt: ({ typeName, oldVal }, { created }) =>
        oldVal && !created.has(nameIn(typeName))
          ? [`the release that is running may write ${oldVal} of ${nameIn(typeName)}`]
          : [],
    }),
  },
  {
    name: "truncate-cascade",
    finds: "`TRUNCATE … CASCADE`: it empties every table that refers to this one, too",
    better: "name every table that is to be emptied, without CASCADE",
    source: "https://squawkhq.com/docs/ban-truncate-cascade",
    check: byType({
      TruncateStmt: ({ relations, behavior }, { created }) => {
        const names = bodies(relations, "RangeVar").map(nameOf);
        const old = behavior === "DROP_CASCADE" ? names.filter((name) => !created.has(name)) : [];
        return old.map((name) => `every table that refers to ${name} is emptied with it`);
      },
    }),
  },
  {
    name: "row-level-security-off",
    finds: "`DISABLE ROW LEVEL SECURITY`: on Supabase the table is open to everybody who has the public key",
    better: "keep it enabled, and write a policy that allows what is meant",
    source: "https://supabase.com/docs/guides/database/postgres/row-level-security",
    check: alterTable(({ subtype }, table) =>
      subtype === "AT_DisableRowSecurity" ? [`the policies of ${table} protect nothing any more`] : [],
    ),
  },
];

function namesOf(objects: Body<"DropStmt">["objects"]): string[] {
  return [
    ...wordsOf(objects),
    ...bodies(objects, "TypeName").map(({ names }) => nameIn(names)),
    ...bodies(objects, "List").map(({ items }) => nameIn(items)),
  ];
}

/** What applications call by name: no constraint, index, trigger or policy, and hardly ever a type. */
const CALLED = ["TABLE", "VIEW", "MATVIEW", "FOREIGN_TABLE", "COLUMN", "FUNCTION", "PROCEDURE", "SCHEMA"];

function renamed(rename: Body<"RenameStmt">, { created }: Context): string[] {
  const { renameType, subname, newname } = rename;
  if (!CALLED.includes((renameType ?? "").replace("OBJECT_", ""))) return [];
  const object = renamedObject(rename);
  const isColumn = renameType === "OBJECT_COLUMN";
  if (isColumn ? created.hasColumn(object, subname) : created.has(object)) return [];
  const old = isColumn ? `${object}.${subname}` : object;
  return [`the release that is running asks for ${old}, which is ${newname} from then on`];
}
