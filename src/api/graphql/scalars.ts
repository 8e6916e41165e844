import { GraphQLError, GraphQLScalarType } from 'graphql';
import { GraphQLDateTime, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';
import { FormFile } from '../http/form-file.ts';

/** A moment, as an ISO 8601 text in UTC. */
export const DateTime = GraphQLDateTime;

/** A whole number up to 2^53-1: Int ends at 2^31-1, which file sizes pass. */
export const SafeInt = GraphQLSafeInt;

/** Values by their names. */
export const JSONObject = GraphQLJSONObject;

/** A file of a multipart request. */
export const Upload = new GraphQLScalarType<FormFile, never>({
  name: 'Upload',
  description: 'A file of a GraphQL multipart request: its variable is null, and the map names the part of the form.',
  parseValue: (value) => {
    if (value instanceof FormFile) return value;
    throw new GraphQLError('A file must be sent as a part of a multipart request.');
  },
  parseLiteral: (node) => {
    throw new GraphQLError('A file must be passed in a variable.', { nodes: node });
  },
  serialize: () => {
    throw new GraphQLError('A file is never part of an answer.');
  },
});
