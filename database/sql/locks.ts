import type { Node, RangeVar } from "libpg-query";
import { NewObjects } from "./new-objects.ts";
import type { Statement } from "./statements.ts";
import { answerFor, type Body, type ByType, bodies, nameOf, nameOfWords, nested, wordsOf } from "./tree.ts";

/** Lock modes of tables, the weakest first (postgresql.org/docs/current/explicit-locking.html). */
const MODES = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

export type LockMode = (typeof MODES)[number];

/** A lock that a statement takes and its transaction holds to the end. */
export interface Lock {
  mode: LockMode;
  /** Table, view, index or sequence as the file names it, without `public.`; or a description where the text has no name. */
  object: string;
}

/** What a lock makes others wait for, in one word or two; undefined for locks that no ordinary query meets. */
export function blockedBy(mode: LockMode): "reads and writes" | "writes" | undefined {
  if (mode === "ACCESS EXCLUSIVE") return "reads and writes";
  return MODES.indexOf(mode) >= MODES.indexOf("SHARE") ? "writes" : undefined;
}

/**
 * The locks of a statement on what exists already, one for each object. Not among them: the ACCESS SHARE of tables that
 * are only read (it meets nothing but ACCESS EXCLUSIVE), and what cannot be seen in the text: inside functions and DO
 * blocks, tables behind views and triggers, and the partner of a dropped table's foreign keys.
 * @param created What was created before in the same run: locks on it block nobody. Default nothing.
 */
export function locksOf({ node }: Statement, created = new NewObjects()): Lock[] {
  const strongest = new Map<string, Lock>();
  for (const lock of answerFor(LOCKS, node) ?? []) {
    const known = strongest.get(lock.object);
    const stronger = !known || MODES.indexOf(lock.mode) > MODES.indexOf(known.mode);
    if (stronger && !isNew(lock.object, created)) strongest.set(lock.object, lock);
  }
  return [...strongest.values()];
}

/** What belongs to a new table or schema is as new as that. */
function isNew(object: string, created: NewObjects): boolean {
  return created.has(object.replace(/^(indexes of|everything in) /, ""));
}

const on = (mode: LockMode, ...relations: (RangeVar | undefined)[]): Lock[] =>
  relations.map((relation) => ({ mode, object: nameOf(relation) }));
const onNamed = (mode: LockMode, ...objects: string[]): Lock[] => objects.map((object) => ({ mode, object }));
const ranges = (nodes: readonly Node[] | undefined) => bodies(nodes, "RangeVar");

/** By the statement's type. Each is what the documentation of the command, or of explicit locking, says. */
const LOCKS: ByType<Lock[]> = {
  AlterTableStmt: alterTable,
  AlterObjectSchemaStmt: ({ relation }) => (relation ? on("ACCESS EXCLUSIVE", relation) : []),
  AlterSeqStmt: ({ sequence }) => on("SHARE ROW EXCLUSIVE", sequence),
  AlterPublicationStmt: ({ pubobjects }) => published(pubobjects),
  AlterPolicyStmt: ({ table }) => on("ACCESS EXCLUSIVE", table),
  ClusterStmt: ({ relation }) =>
    relation ? on("ACCESS EXCLUSIVE", relation) : onNamed("ACCESS EXCLUSIVE", "each clustered table"),
  CommentStmt: comment,
  CreatePolicyStmt: ({ table }) => on("ACCESS EXCLUSIVE", table),
  CreatePublicationStmt: ({ pubobjects }) => published(pubobjects),
  // The body of BEGIN ATOMIC is understood, and locked for, when the function is made.
  CreateFunctionStmt: ({ sql_body }) => rows(sql_body),
  CreateStatsStmt: ({ relations }) => on("SHARE UPDATE EXCLUSIVE", ...ranges(relations)),
  CreateStmt: createTable,
  CreateTrigStmt: ({ relation, constrrel }) =>
    on("SHARE ROW EXCLUSIVE", relation, ...(constrrel ? [constrrel] : [])),
  DropStmt: drop,
  IndexStmt: ({ relation, concurrent }) => on(concurrent ? "SHARE UPDATE EXCLUSIVE" : "SHARE", relation),
  LockStmt: ({ relations, mode }) => on(MODES[(mode ?? MODES.length) - 1]!, ...ranges(relations)),
  RefreshMatViewStmt: ({ relation, concurrent }) =>
    on(concurrent ? "EXCLUSIVE" : "ACCESS EXCLUSIVE", relation),
  ReindexStmt: reindex,
  RenameStmt: ({ relation, renameType }) =>
    relation
      ? on(renameType === "OBJECT_INDEX" ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE", relation)
      : [],
  RuleStmt: ({ relation, actions }) => [...on("ACCESS EXCLUSIVE", relation), ...rows(actions)],
  SecLabelStmt: comment,
  TruncateStmt: ({ relations }) => on("ACCESS EXCLUSIVE", ...ranges(relations)),
  VacuumStmt: vacuum,
  ViewStmt: ({ view, replace }) => (replace ? on("ACCESS EXCLUSIVE", view) : []),
  CopyStmt: ({ relation, is_from, query }) =>
    is_from ? on("ROW EXCLUSIVE", relation) : query ? rows(query) : [],
  CreateTableAsStmt: ({ query }) => rows(query),
  ExplainStmt: ({ query }) => rows(query),
  DeleteStmt: (body) => rows({ DeleteStmt: body }),
  InsertStmt: (body) => rows({ InsertStmt: body }),
  MergeStmt: (body) => rows({ MergeStmt: body }),
  SelectStmt: (body) => rows({ SelectStmt: body }),
  UpdateStmt: (body) => rows({ UpdateStmt: body }),
};

/** Statements that change or lock rows, wherever they stand inside a query. */
function rows(query: unknown): Lock[] {
  const changing = [
    ...nested(query, "InsertStmt"),
    ...nested(query, "UpdateStmt"),
    ...nested(query, "DeleteStmt"),
    ...nested(query, "MergeStmt"),
  ].map(({ relation }) => relation);
  const inside = new Set(nested(query, "CommonTableExpr").map(({ ctename }) => ctename));
  const locking = nested(query, "SelectStmt")
    .filter(({ lockingClause }) => lockingClause)
    .flatMap(({ fromClause }) => nested(fromClause, "RangeVar"))
    .filter(({ schemaname, relname }) => schemaname || !inside.has(relname));
  return [...on("ROW EXCLUSIVE", ...changing), ...on("ROW SHARE", ...locking)];
}

function createTable({ relation, tableElts, inhRelations, partbound }: Body<"CreateStmt">): Lock[] {
  // A table of the session alone cannot be in anybody's way, but its foreign keys point to such tables only.
  if (relation?.relpersistence === "t") return [];
  const parents = on(partbound ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE", ...ranges(inhRelations));
  const own = nameOf(relation);
  return [...parents, ...referenced(tableElts).filter(({ object }) => object !== own)];
}

/** Both sides of a foreign key get triggers. */
function referenced(definition: unknown): Lock[] {
  const keys = nested(definition, "Constraint").filter(({ contype }) => contype === "CONSTR_FOREIGN");
  return on("SHARE ROW EXCLUSIVE", ...keys.map(({ pktable }) => pktable));
}

/** The strongest lock that one of the commands needs is taken for all of them. */
function alterTable({ relation, cmds }: Body<"AlterTableStmt">): Lock[] {
  return bodies(cmds, "AlterTableCmd").flatMap((command) => [
    ...on(modeOf(command), relation),
    ...partition(command),
    ...parent(command),
    ...referenced(command.def),
  ]);
}

const WEAKER: { [Subtype in string]?: LockMode } = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

/** Storage parameters that planners and writers rely on; all others take a weaker lock (ALTER TABLE, ALTER INDEX). */
const STRICT_OPTIONS = [
  "user_catalog_table",
  "fastupdate",
  "gin_pending_list_limit",
  "buffering",
  "pages_per_range",
  "autosummarize",
  "security_barrier",
  "security_invoker",
  "check_option",
];

/** Lock of one ALTER TABLE command (postgresql.org/docs/current/sql-altertable.html). */
function modeOf({ subtype, def }: Body<"AlterTableCmd">): LockMode {
  if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") {
    const names = nested(def, "DefElem").map(({ defname }) => defname ?? "");
    return names.some((name) => STRICT_OPTIONS.includes(name))
      ? "ACCESS EXCLUSIVE"
      : "SHARE UPDATE EXCLUSIVE";
  }
  const [constraint] = bodies(def && [def], "Constraint");
  if (subtype === "AT_AddConstraint" && constraint?.contype === "CONSTR_FOREIGN")
    return "SHARE ROW EXCLUSIVE";
  const [piece] = bodies(def && [def], "PartitionCmd");
  if (subtype === "AT_DetachPartition" && piece?.concurrent) return "SHARE UPDATE EXCLUSIVE";
  return WEAKER[subtype ?? ""] ?? "ACCESS EXCLUSIVE";
}

function partition({ subtype, def }: Body<"AlterTableCmd">): Lock[] {
  const piece = bodies(def && [def], "PartitionCmd").map(({ name }) => name);
  return on(
    subtype === "AT_DetachPartitionFinalize" ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE",
    ...piece,
  );
}

function parent({ subtype, def }: Body<"AlterTableCmd">): Lock[] {
  return subtype === "AT_AddInherit" ? on("SHARE UPDATE EXCLUSIVE", ...bodies(def && [def], "RangeVar")) : [];
}

/** What is named by its own words. */
const RELATIONS = ["TABLE", "VIEW", "MATVIEW", "INDEX", "SEQUENCE", "FOREIGN_TABLE"].map(
  (kind) => `OBJECT_${kind}`,
);
/** What belongs to a table and is dropped by the table's words and its own. */
const PARTS = ["TRIGGER", "RULE", "POLICY"].map((kind) => `OBJECT_${kind}`);

function comment({ objtype = "OBJECT_TYPE", object }: Body<"CommentStmt">): Lock[] {
  const words = bodies(object && [object], "List").flatMap(({ items }) => wordsOf(items));
  const relation =
    objtype === "OBJECT_COLUMN" ? words.slice(0, -1) : RELATIONS.includes(objtype) ? words : [];
  return relation.length > 0 ? onNamed("SHARE UPDATE EXCLUSIVE", nameOfWords(relation)) : [];
}

function drop({ objects, removeType = "OBJECT_TYPE", concurrent }: Body<"DropStmt">): Lock[] {
  const mode = concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
  if (removeType === "OBJECT_SCHEMA") {
    return onNamed(mode, ...wordsOf(objects).map((name) => `everything in schema ${name}`));
  }
  const words = bodies(objects, "List").map(({ items }) => wordsOf(items));
  if (PARTS.includes(removeType))
    return onNamed(mode, ...words.map((each) => nameOfWords(each.slice(0, -1))));
  if (!RELATIONS.includes(removeType)) return [];
  const names = words.map(nameOfWords);
  const tables = removeType === "OBJECT_INDEX" ? names.map((name) => `the table of ${name}`) : [];
  return onNamed(mode, ...names, ...tables);
}

function reindex({ kind, relation, name, params }: Body<"ReindexStmt">): Lock[] {
  const concurrent = bodies(params, "DefElem").some(({ defname }) => defname === "concurrently");
  const object = relation ? nameOf(relation) : name ? `each table of ${name}` : "each table";
  const table = kind === "REINDEX_OBJECT_INDEX" ? [`the table of ${object}`] : [];
  if (concurrent) return onNamed("SHARE UPDATE EXCLUSIVE", object, ...table);
  if (table.length > 0) return [...onNamed("ACCESS EXCLUSIVE", object), ...onNamed("SHARE", ...table)];
  return [...onNamed("SHARE", object), ...onNamed("ACCESS EXCLUSIVE", `indexes of ${object}`)];
}

function vacuum({ options, rels }: Body<"VacuumStmt">): Lock[] {
  const full = bodies(options, "DefElem").some(({ defname }) => defname === "full");
  const tables = bodies(rels, "VacuumRelation").map(({ relation }) => nameOf(relation));
  return onNamed(
    full ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE",
    ...(tables.length > 0 ? tables : ["each table"]),
  );
}

function published(objects: Node[] | undefined): Lock[] {
  const tables = bodies(objects, "PublicationObjSpec").flatMap(({ pubtable }) =>
    pubtable ? [pubtable] : [],
  );
  return on("SHARE UPDATE EXCLUSIVE", ...tables.map(({ relation }) => relation));
}
