import { type GraphQLSchema, Kind, lexicographicSortSchema, parse, printSchema, visit } from 'graphql';
import { isNullOnlyWithError } from '../../src/api/graphql/semantic-nullability.ts';

/** The text of a schema, sorted, with what graphql-js does not print: which fields are null only with an error. */
export function printApiSchema(schema: GraphQLSchema): string {
  const text = printSchema(lexicographicSortSchema(schema));
  const ends: number[] = [];
  visit(parse(text), {
    ObjectTypeDefinition({ name, fields = [] }) {
      for (const field of fields) {
        const isNullable = field.type.kind !== Kind.NON_NULL_TYPE;
        if (isNullable && isNullOnlyWithError(`${name.value}.${field.name.value}`)) ends.push(field.type.loc?.end ?? 0);
      }
      return false;
    },
  });
  return ends.reduceRight((before, end) => `${before.slice(0, end)} @semanticNonNull${before.slice(end)}`, text);
}
