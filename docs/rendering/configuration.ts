/** The reference of the configuration, from the schema that also checks it. */
import { stringify } from "yaml";
import { z } from "zod";
import { containerAt, notesOf, unwrap } from "../../settings/fields.ts";
import { sections } from "../../settings/schema.ts";
import { CONFIGURATION_SECRETS } from "../../settings/secrets.ts";
import { code, table } from "./markdown.ts";

/** What `Pulumi.yaml` says about a section: its meaning, and the value that a stack file need not repeat. */
export interface SectionDeclaration {
  description: string;
  default?: unknown;
}

const INTRODUCTION = `# Configuration

Every key of \`Pulumi.<stack>.yaml\`. Values that both stacks share have their default in \`Pulumi.yaml\`; a stack file
that names the section replaces the whole default. The program checks everything before the first resource, and reports
all problems at once, each with its key and its remedy.

A key is set in the file itself, or on the command line:

\`\`\`sh
pulumi config set --path kai:cluster.region fra1 --stack staging
pulumi config set --path 'kai:cluster.pools[0].max' 8 --stack staging
\`\`\`

A section that only one cloud reads may be left out while that cloud is switched off in \`kai:clouds\`. "Needed" in the
tables means needed wherever the section (or the item of the list) is there.
`;

/** The whole page. */
export function configurationPage(declared: Record<string, SectionDeclaration>): string {
  const parts = Object.entries(sections).map(([name, schema]) => section(name, schema, declared[name]));
  return [INTRODUCTION, ...parts, secretsSection()].join("\n");
}

function section(name: string, schema: z.ZodType, declaration: SectionDeclaration | undefined): string {
  const container = containerAt(schema, []);
  const isList = container instanceof z.ZodArray;
  const notes = notesOf(schema);
  const description = notes?.description ?? declaration?.description ?? "";
  const item = isList ? containerAt(container.element as z.ZodType, []) : container;
  const shared = declaration?.default;
  const isPlain = !(item instanceof z.ZodObject);
  const value = `${capital(typeOf(schema))}; for example ${code(notes?.example)}.`;
  return [
    `## kai:${name}\n`,
    `${description}${isList ? " A list; each item has:" : ""}\n`,
    isPlain ? `${value}\n` : fieldTable(item),
    ...(shared === undefined || isEmpty(shared)
      ? []
      : [`Default in \`Pulumi.yaml\`:\n\n\`\`\`yaml\n${stringify(shared)}\`\`\`\n`]),
  ].join("\n");
}

function fieldTable(schema: z.ZodObject): string {
  return table(["Key", "Meaning", "Value", "Default", "Example"], fieldRows(schema, ""));
}

function fieldRows(schema: z.ZodObject, prefix: string): string[][] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
    const notes = notesOf(field);
    const path = `${prefix}${key}`;
    const container = containerAt(field, []);
    const item =
      container instanceof z.ZodArray ? containerAt(container.element as z.ZodType, []) : container;
    const isGroup = item instanceof z.ZodObject;
    const row = [
      `\`${path}\``,
      notes?.description ?? "",
      typeOf(field),
      defaultOf(field),
      isGroup ? "" : code(notes?.example),
    ];
    const inner = isGroup ? fieldRows(item, `${path}${container === item ? "." : "[]."}`) : [];
    return [row, ...inner];
  });
}

function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodEnum) return schema.options.map((word) => `\`${word}\``).join(" or ");
  if (schema instanceof z.ZodBoolean) return "`true` or `false`";
  if (schema instanceof z.ZodNumber) return `${schema.minValue} to ${schema.maxValue}`;
  if (schema instanceof z.ZodArray) {
    const item = schema.element as z.ZodType;
    return containerAt(item, []) instanceof z.ZodObject ? "list of groups" : `list of ${typeOf(item)}`;
  }
  if (schema instanceof z.ZodRecord) return "names with values";
  if (schema instanceof z.ZodObject) return "group";
  if (schema instanceof z.ZodString || schema instanceof z.ZodUnion) return "text";
  const inner = unwrap(schema);
  if (inner === undefined) throw new Error(`the reference has no word for a schema of kind ${schema.type}`);
  return typeOf(inner);
}

function defaultOf(schema: z.ZodType): string {
  const words = z.globalRegistry.get(schema)?.defaultText;
  if (typeof words === "string") return words;
  if (schema instanceof z.ZodDefault) return code(schema.def.defaultValue);
  if (schema instanceof z.ZodOptional) return "none";
  return schema instanceof z.ZodPrefault ? "see below" : "**needed**";
}

function secretsSection(): string {
  const rows = CONFIGURATION_SECRETS.map(({ key, description, neededBy }) => [
    `\`kai:${key}\``,
    `${description}.`,
    neededBy === "optional" ? "optional" : `\`kai:clouds.${neededBy}\``,
  ]);
  return `## Secrets

Each by \`pulumi config set --secret\`, never in clear text; [own-accounts.md](own-accounts.md) says where to get them and
[secrets.md](secrets.md) where they go. "Needed by" names the switch that makes it necessary.

${table(["Key", "What it is", "Needed by"], rows)}`;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
