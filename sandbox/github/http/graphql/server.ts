/** The GraphQL interface on GitHub's own schema, as far as classic protection needs it. */
import { readFileSync } from "node:fs";
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { type GitHub, Refusal } from "../../client.ts";
import type { Answer } from "../route.ts";
import { mutations } from "./mutations.ts";
import { pullMutations } from "./pulls.ts";
import { queries } from "./queries.ts";

let known: GraphQLSchema | undefined;

/** The schema is large, and most worlds never ask for it. */
function schema(): GraphQLSchema {
  if (known) return known;
  const file = new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema"));
  known = buildSchema(readFileSync(file, "utf8"), { assumeValidSDL: true });
  return known;
}

/** Answers a query; what is wrong with it is told in the body, with status 200. */
export async function answerGraphql(github: GitHub, body: unknown): Promise<Answer> {
  const { query, variables, operationName } = (body ?? {}) as {
    query?: string;
    variables?: Record<string, unknown>;
    operationName?: string;
  };
  if (typeof query !== "string") {
    return { status: 400, body: { message: "A query attribute must be specified and must be a string." } };
  }
  const roots = { ...queries(github), ...mutations(github), ...pullMutations(github) };
  const { data, errors } = await run(query, roots, variables, operationName);
  return {
    status: 200,
    body: { ...(data !== undefined && { data }), ...(errors && { errors: errors.map(shown) }) },
  };
}

/**
 * GitHub's server does not compare whether fields of one name may be null: the github plugin asks for the `name` of an
 * app, which has one, and of a user, who may have none.
 */
const CHECKS = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);

async function run(
  query: string,
  rootValue: Record<string, unknown>,
  variableValues: Record<string, unknown> | undefined,
  operationName: string | undefined,
): Promise<ExecutionResult> {
  try {
    const document = parse(query);
    const errors = validate(schema(), document, CHECKS);
    if (errors.length > 0) return { errors };
    return await execute({ schema: schema(), document, rootValue, variableValues, operationName });
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] };
    throw error;
  }
}

/** GitHub puts the kind of an error beside its message. */
function shown(error: GraphQLError): Record<string, unknown> {
  const { message, path, locations, originalError } = error;
  const type = originalError instanceof Refusal ? TYPES[originalError.status] : undefined;
  const text = originalError instanceof Refusal ? originalError.body.message : message;
  return { ...(type && { type }), ...(path && { path }), ...(locations && { locations }), message: text };
}

const TYPES: Record<number, string> = {
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  405: "UNPROCESSABLE",
  409: "UNPROCESSABLE",
  422: "UNPROCESSABLE",
};
