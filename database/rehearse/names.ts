import type { Node, ObjectType, RangeVar } from "libpg-query";
import { bodies, nested, wordsOf } from "../sql/tree.ts";

/**
 * Something in a database: `relation` is a table, view, index or sequence; `unique` is a unique constraint or index of
 * a table; `rows` is its content.
 */
export type Kind =
  | "relation"
  | "column"
  | "type"
  | "function"
  | "schema"
  | "extension"
  | "policy"
  | "trigger"
  | "constraint"
  | "role"
  | "publication"
  | "unique"
  | "rows"
  | "value"
  | "other";

export interface Name {
  kind: Kind;
  /** Lower-case letters are kept as the server keeps them. */
  name: string;
  schema?: string;
  /** The table of a column, policy, trigger or constraint; the type of a value. */
  of?: string;
}

/** What a statement makes and takes away, as far as its text shows. */
export interface Effect {
  makes: Name[];
  removes: Name[];
}

const DROPPED: Partial<Record<ObjectType, Kind>> = {
  OBJECT_TABLE: "relation",
  OBJECT_VIEW: "relation",
  OBJECT_MATVIEW: "relation",
  OBJECT_INDEX: "relation",
  OBJECT_SEQUENCE: "relation",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "type",
  OBJECT_FUNCTION: "function",
  OBJECT_SCHEMA: "schema",
  OBJECT_EXTENSION: "extension",
  OBJECT_POLICY: "policy",
  OBJECT_TRIGGER: "trigger",
};

/** What a statement makes and removes. */
export function effectOf(node: Node): Effect {
  const makes: Name[] = [];
  const removes: Name[] = [];
  if ("CreateStmt" in node) makes.push(...tableParts(node.CreateStmt.relation, node.CreateStmt.tableElts));
  if ("CreateTableAsStmt" in node) makes.push(relation(node.CreateTableAsStmt.into?.rel));
  if ("ViewStmt" in node) makes.push(relation(node.ViewStmt.view));
  if ("CreateSeqStmt" in node) makes.push(relation(node.CreateSeqStmt.sequence));
  if ("IndexStmt" in node) {
    const { idxname, relation: table, unique } = node.IndexStmt;
    if (idxname) makes.push({ kind: "relation", name: idxname });
    if (unique) makes.push({ kind: "unique", name: table?.relname ?? "" });
  }
  if ("AlterTableStmt" in node) alterations(node.AlterTableStmt, makes, removes);
  if ("RenameStmt" in node) renaming(node.RenameStmt, makes, removes);
  if ("CreateEnumStmt" in node) makes.push(qualified("type", node.CreateEnumStmt.typeName));
  if ("CreateDomainStmt" in node) makes.push(qualified("type", node.CreateDomainStmt.domainname));
  if ("CompositeTypeStmt" in node) {
    makes.push({ ...relation(node.CompositeTypeStmt.typevar), kind: "type" });
  }
  if ("AlterEnumStmt" in node && node.AlterEnumStmt.newVal) {
    const of = wordsOf(node.AlterEnumStmt.typeName).at(-1) ?? "";
    makes.push({ kind: "value", name: node.AlterEnumStmt.newVal, of });
  }
  if ("CreateFunctionStmt" in node) makes.push(qualified("function", node.CreateFunctionStmt.funcname));
  if ("CreateSchemaStmt" in node)
    makes.push({ kind: "schema", name: node.CreateSchemaStmt.schemaname ?? "" });
  if ("CreateExtensionStmt" in node)
    makes.push({ kind: "extension", name: node.CreateExtensionStmt.extname ?? "" });
  if ("CreateRoleStmt" in node) makes.push({ kind: "role", name: node.CreateRoleStmt.role ?? "" });
  if ("CreatePublicationStmt" in node)
    makes.push({ kind: "publication", name: node.CreatePublicationStmt.pubname ?? "" });
  if ("CreatePolicyStmt" in node) {
    const { policy_name, table } = node.CreatePolicyStmt;
    makes.push({ kind: "policy", name: policy_name ?? "", of: table?.relname ?? "" });
  }
  if ("CreateTrigStmt" in node) {
    const { trigname, relation: table } = node.CreateTrigStmt;
    makes.push({ kind: "trigger", name: trigname ?? "", of: table?.relname ?? "" });
  }
  if ("InsertStmt" in node) makes.push({ ...relation(node.InsertStmt.relation), kind: "rows" });
  if ("DoStmt" in node) {
    for (const option of bodies(node.DoStmt.args, "DefElem")) {
      if (option.arg && "String" in option.arg && option.defname === "as") {
        makes.push(...inText(option.arg.String.sval ?? ""));
      }
    }
  }
  if ("DropStmt" in node) {
    const kind = DROPPED[node.DropStmt.removeType ?? "OBJECT_TABLE"];
    for (const object of node.DropStmt.objects ?? []) if (kind) removes.push(droppedName(kind, object));
  }
  return { makes, removes };
}

function relation(range: RangeVar | undefined): Name {
  return {
    kind: "relation",
    name: range?.relname ?? "",
    ...(range?.schemaname ? { schema: range.schemaname } : {}),
  };
}

function qualified(kind: Kind, names: Node[] | undefined): Name {
  const words = wordsOf(names);
  return { kind, name: words.at(-1) ?? "", ...(words.length > 1 ? { schema: words.at(-2)! } : {}) };
}

function tableParts(range: RangeVar | undefined, elements: Node[] | undefined): Name[] {
  const table = relation(range);
  const found: Name[] = [table, { ...table, kind: "type" }];
  for (const column of bodies(elements, "ColumnDef")) {
    found.push({ kind: "column", name: column.colname ?? "", of: table.name });
    for (const constraint of bodies(column.constraints, "Constraint"))
      found.push(...keyOf(constraint, table.name));
  }
  for (const constraint of bodies(elements, "Constraint")) found.push(...keyOf(constraint, table.name));
  return found;
}

function keyOf(constraint: { contype?: string; conname?: string }, of: string): Name[] {
  const named: Name[] = constraint.conname ? [{ kind: "constraint", name: constraint.conname, of }] : [];
  const unique = constraint.contype === "CONSTR_PRIMARY" || constraint.contype === "CONSTR_UNIQUE";
  return unique ? [...named, { kind: "unique", name: of }] : named;
}

function alterations(
  statement: { relation?: RangeVar; cmds?: Node[] },
  makes: Name[],
  removes: Name[],
): void {
  const of = statement.relation?.relname ?? "";
  for (const command of bodies(statement.cmds, "AlterTableCmd")) {
    if (command.subtype === "AT_AddColumn" && command.def && "ColumnDef" in command.def) {
      makes.push({ kind: "column", name: command.def.ColumnDef.colname ?? "", of });
      for (const one of bodies(command.def.ColumnDef.constraints, "Constraint"))
        makes.push(...keyOf(one, of));
    }
    if (command.subtype === "AT_AddConstraint" && command.def && "Constraint" in command.def) {
      makes.push(...keyOf(command.def.Constraint, of));
    }
    if (command.subtype === "AT_DropColumn") removes.push({ kind: "column", name: command.name ?? "", of });
    if (command.subtype === "AT_DropConstraint")
      removes.push({ kind: "constraint", name: command.name ?? "", of });
  }
}

function renaming(
  statement: {
    renameType?: ObjectType;
    relation?: RangeVar;
    subname?: string;
    newname?: string;
    object?: Node;
  },
  makes: Name[],
  removes: Name[],
): void {
  const table = statement.relation?.relname ?? "";
  const name = statement.newname ?? "";
  if (statement.renameType === "OBJECT_COLUMN") {
    makes.push({ kind: "column", name, of: table });
    removes.push({ kind: "column", name: statement.subname ?? "", of: table });
    return;
  }
  const kind = DROPPED[statement.renameType ?? "OBJECT_TABLE"];
  if (!kind) return;
  makes.push({ kind, name, ...(table && kind !== "relation" ? { of: table } : {}) });
  if (kind === "relation") removes.push(relation(statement.relation));
  else if (statement.object) removes.push(droppedName(kind, statement.object));
}

function droppedName(kind: Kind, object: Node): Name {
  const words = nested(object, "String").map(({ sval }) => sval ?? "");
  const name = words.at(-1) ?? "";
  const before = words.at(-2);
  if (kind === "policy" || kind === "trigger") return { kind, name, ...(before ? { of: before } : {}) };
  return { kind, name, ...(before ? { schema: before } : {}) };
}

const WORD = String.raw`(?:"?(\w+)"?\.)?"?(\w+)"?`;
const MADE_IN_TEXT: [RegExp, Kind][] = [
  [
    new RegExp(
      String.raw`\bcreate\s+(?:unlogged\s+)?(?:table|view|sequence|materialized\s+view)\s+(?:if\s+not\s+exists\s+)?${WORD}`,
      "gi",
    ),
    "relation",
  ],
  [new RegExp(String.raw`\bcreate\s+(?:type|domain)\s+${WORD}`, "gi"), "type"],
  [new RegExp(String.raw`\bcreate\s+(?:or\s+replace\s+)?function\s+${WORD}`, "gi"), "function"],
  [new RegExp(String.raw`\badd\s+column\s+(?:if\s+not\s+exists\s+)?${WORD}`, "gi"), "column"],
  [new RegExp(String.raw`\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?${WORD}`, "gi"), "schema"],
  [new RegExp(String.raw`\bcreate\s+role\s+${WORD}`, "gi"), "role"],
];

/** What a text that is no statement of its own (a DO block, a statement that cannot be parsed) would make. */
export function inText(text: string): Name[] {
  return MADE_IN_TEXT.flatMap(([pattern, kind]) =>
    [...text.matchAll(pattern)].map(
      ([, schema, name]): Name => ({ kind, name: name!.toLowerCase(), ...(schema ? { schema } : {}) }),
    ),
  );
}

/** Tables that a statement reads or changes, by their names without schema. */
export function tablesIn(node: Node): string[] {
  return nested(node, "RangeVar")
    .map(({ relname }) => relname ?? "")
    .concat(bareTable(node));
}

/** Where the tree holds the table without its node's name around it. */
function bareTable(node: Node): string[] {
  const body = Object.values(node)[0] as { relation?: RangeVar; table?: RangeVar } | undefined;
  return [body?.relation?.relname, body?.table?.relname].filter((name) => name !== undefined);
}

/** `schema.name`; of a schema itself, `schema.` */
export function fullName({ kind, schema, name }: Name): string {
  if (kind === "schema") return `${name}.`;
  return schema ? `${schema}.${name}` : name;
}

/** Whether what is missing is what a statement was to make. */
export function isSame(missing: Name, made: Name): boolean {
  if (missing.kind !== made.kind || missing.name !== made.name) return false;
  if (missing.schema && made.schema && missing.schema !== made.schema) return false;
  return !missing.of || !made.of || missing.of === made.of;
}

const OBJECTS: Record<string, Kind> = {
  relation: "relation",
  table: "relation",
  view: "relation",
  "materialized view": "relation",
  sequence: "relation",
  index: "relation",
  type: "type",
  schema: "schema",
  extension: "extension",
  policy: "policy",
  trigger: "trigger",
  constraint: "constraint",
  role: "role",
  publication: "publication",
  column: "column",
};

const OBJECT =
  /(?:^|: )([a-z][a-z ]*?) "([^"]+)"(?: (?:for table|of relation|for relation) "([^"]+)")?.*does not exist/;
/** The one message that does not quote the name: about the type of a parameter. */
const BARE_TYPE = /^(type) (\S+) does not exist/;

/** The object that a server's error says is missing, or undefined when it says something else. */
export function missingName(error: { code?: string; message: string }): Name | undefined {
  const { code, message } = error;
  if (code === "42703") return missingColumn(message);
  if (code === "42883" || code === "42704" || code === "42P01" || code === "3F000" || code === "22P02") {
    const value = /invalid input value for enum (?:\w+\.)?"?(\w+)"?: "(.*)"/.exec(message);
    if (value) return { kind: "value", name: value[2]!, of: value[1]! };
    const call =
      /(?:function|procedure|aggregate) (?:"?(\w+)"?\.)?"?(\w+)"?\s*\(/.exec(message) ??
      /function named (?:"(\w+)\.)?"?(\w+)"/.exec(message);
    if (call) return { kind: "function", name: call[2]!, ...(call[1] ? { schema: call[1] } : {}) };
    const object = OBJECT.exec(message) ?? BARE_TYPE.exec(message);
    if (!object) return undefined;
    const words = object[2]!.replace(/\[\]$/, "").split(".");
    const of = object[3]?.split(".").at(-1);
    return {
      kind: OBJECTS[object[1]!] ?? "other",
      name: words.at(-1)!,
      ...(words.length > 1 ? { schema: words.at(-2)! } : {}),
      ...(of ? { of } : {}),
    };
  }
  return undefined;
}

function missingColumn(message: string): Name | undefined {
  const column = /column "?([^" ]+)"?(?: of relation "([^"]+)")?/.exec(message);
  if (!column) return undefined;
  return { kind: "column", name: column[1]!.split(".").at(-1)!, ...(column[2] ? { of: column[2] } : {}) };
}
