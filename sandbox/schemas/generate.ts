/**
 * Extracts the inputs of the listed resource types from the typings of the npm packages as JSON schemas,
 * so that the stand-ins refuse what the real provider's own types refuse. Run: npm run schemas
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";
import { packages } from "./types.ts";

type Json = Record<string, unknown>;
const require = createRequire(import.meta.url);

/** Walks type nodes of one package and collects the named input types it meets as definitions. */
class Extractor {
  readonly definitions: Json = {};
  readonly #inputs = new Map<string, ts.InterfaceDeclaration>();

  constructor(inputTypesFile: string) {
    const visit = (node: ts.Node, path: string[]): void => {
      if (ts.isInterfaceDeclaration(node)) this.#inputs.set([...path, node.name.text].join("."), node);
      else if (ts.isModuleDeclaration(node))
        ts.forEachChild(node, (child) => visit(child, [...path, node.name.text]));
      else if (ts.isModuleBlock(node) || ts.isSourceFile(node))
        ts.forEachChild(node, (child) => visit(child, path));
    };
    visit(parse(inputTypesFile), []);
  }

  /** The schema of an interface: every property, no others. */
  object(declaration: ts.InterfaceDeclaration): Json {
    const properties: Json = {};
    const required: string[] = [];
    for (const member of declaration.members) {
      if (!ts.isPropertySignature(member) || !member.type) continue;
      const name = (member.name as ts.Identifier).text;
      properties[name] = this.type(member.type);
      if (!member.questionToken) required.push(name);
    }
    return {
      type: "object",
      properties,
      additionalProperties: false,
      ...(required.length > 0 && { required }),
    };
  }

  /** The schema of a type node; `Input<T>` is T, since the engine resolves it before a provider sees it. */
  type(node: ts.TypeNode): Json {
    if (ts.isParenthesizedTypeNode(node)) return this.type(node.type);
    if (ts.isArrayTypeNode(node)) return { type: "array", items: this.type(node.elementType) };
    if (ts.isUnionTypeNode(node)) return this.union(node);
    if (ts.isLiteralTypeNode(node)) return { const: JSON.parse(node.literal.getText()) };
    if (ts.isTypeLiteralNode(node)) {
      const index = node.members.find(ts.isIndexSignatureDeclaration);
      return { type: "object", additionalProperties: index?.type ? this.type(index.type) : true };
    }
    if (ts.isTypeReferenceNode(node)) return this.reference(node);
    const keywords: Partial<Record<ts.SyntaxKind, Json>> = {
      [ts.SyntaxKind.StringKeyword]: { type: "string" },
      [ts.SyntaxKind.NumberKeyword]: { type: "number" },
      [ts.SyntaxKind.BooleanKeyword]: { type: "boolean" },
      [ts.SyntaxKind.AnyKeyword]: {},
    };
    const schema = keywords[node.kind];
    if (!schema) throw new Error(`cannot translate the type ${node.getText()}`);
    return schema;
  }

  private union(node: ts.UnionTypeNode): Json {
    const parts = node.types
      .filter((part) => part.kind !== ts.SyntaxKind.UndefinedKeyword)
      .map((part) => this.type(part));
    return parts.length === 1 ? (parts[0] as Json) : { anyOf: parts };
  }

  private reference(node: ts.TypeReferenceNode): Json {
    const name = node.typeName.getText();
    if (name === "pulumi.Input") return this.type(node.typeArguments?.[0] as ts.TypeNode);
    // Enums, ARNs and the like are strings on the wire; resources as inputs are replaced by their names.
    if (!name.startsWith("inputs.")) return name.startsWith("pulumi.asset") ? {} : { type: "string" };
    const key = name.slice("inputs.".length);
    const declaration = this.#inputs.get(key);
    if (!declaration) throw new Error(`no declaration of ${name}`);
    if (!(key in this.definitions)) {
      this.definitions[key] = {};
      this.definitions[key] = this.object(declaration);
    }
    return { $ref: `#/definitions/${key}` };
  }
}

/** What the kubernetes plugin knows of a custom resource in a preview; the rest is checked by the API server. */
const CUSTOM_RESOURCE = {
  inputs: {
    type: "object",
    properties: Object.fromEntries(
      ["apiVersion", "kind", "metadata", "spec"].map((field) => [
        field,
        { type: ["apiVersion", "kind"].includes(field) ? "string" : "object" },
      ]),
    ),
    additionalProperties: false,
    required: ["apiVersion", "kind"],
  },
  outputs: ["apiVersion", "kind", "metadata", "spec", "status"],
};

function parse(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
}

function interfaces(source: ts.SourceFile): ts.InterfaceDeclaration[] {
  return source.statements.filter(ts.isInterfaceDeclaration);
}

/** Output properties that the class declares; those that are not inputs are computed by the provider. */
function outputNames(source: ts.SourceFile): string[] {
  const declaration = source.statements.find(ts.isClassDeclaration);
  return (declaration?.members ?? [])
    .filter(
      (member) =>
        ts.isPropertyDeclaration(member) &&
        !member.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword),
    )
    .map((member) => (member.name as ts.Identifier).text);
}

function extract(name: string): Json {
  const { package: packageName, files } = packages[name] as (typeof packages)[string];
  const root = dirname(require.resolve(`${packageName}/package.json`));
  const extractor = new Extractor(join(root, "types/input.d.ts"));
  const resources: Json = {};
  const functions: Json = {};
  for (const file of files) {
    const source = parse(join(root, `${file}.d.ts`));
    const script = readFileSync(join(root, `${file}.js`), "utf8");
    const className = source.statements.find(ts.isClassDeclaration)?.name?.text;
    const argsName = className ? `${className}Args` : `${file[0]?.toUpperCase()}${file.slice(1)}Args`;
    const args = interfaces(source).find((declaration) => declaration.name.text === argsName);
    const inputs = args ? extractor.object(args) : { type: "object" };
    const token = /__pulumiType = ['"]([^'"]+)['"]/.exec(script)?.[1];
    const invoked = /runtime\.invoke\(['"]([^'"]+)['"]/.exec(script)?.[1];
    if (token)
      resources[token.includes(":") ? token : `pulumi:providers:${token}`] = {
        inputs,
        outputs: outputNames(source),
      };
    else if (invoked) functions[invoked] = { inputs };
    else throw new Error(`${packageName}/${file} declares neither a resource nor a function`);
  }
  for (const token of packages[name]?.custom ?? []) resources[token] = CUSTOM_RESOURCE;
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { package: packageName, version, resources, functions, definitions: extractor.definitions };
}

for (const name of Object.keys(packages)) {
  writeFileSync(new URL(`${name}.json`, import.meta.url), `${JSON.stringify(extract(name), null, 1)}\n`);
}
