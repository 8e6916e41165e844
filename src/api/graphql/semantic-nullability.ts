import { DirectiveLocation, GraphQLDirective, GraphQLInt, GraphQLList } from 'graphql';

/**
 * "Null only with an error", in the words of the proposal that clients and code generators know
 * (https://specs.apollo.dev/nullability/v0.4). Root fields are nullable, so that one that fails does not take the others along.
 */
export const SEMANTIC_NON_NULL = new GraphQLDirective({
  name: 'semanticNonNull',
  description: 'The field is null only if there is an error at its path.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: { levels: { type: new GraphQLList(GraphQLInt), defaultValue: [0] } },
});

/** The root fields that may be null without an error: nothing has the id, nobody is signed in, or an alias is removed. */
const MAY_BE_NULL: ReadonlySet<string> = new Set([
  'Query.artifact',
  'Query.batchPrediction',
  'Query.dataset',
  'Query.node',
  'Query.trainingRun',
  'Query.uploadSession',
  'Query.viewer',
  'Mutation.setModelAlias',
]);

/** Whether a field of Query or Mutation is null only with an error. */
export function isNullOnlyWithError(coordinate: string): boolean {
  return /^(Query|Mutation)\./.test(coordinate) && !MAY_BE_NULL.has(coordinate);
}

/** Holds a field to what the schema says of it. */
export function requireValue<Value>(coordinate: string, value: Value): Value {
  if ((value === null || value === undefined) && isNullOnlyWithError(coordinate)) {
    throw new Error(`${coordinate} is null without an error.`);
  }
  return value;
}
