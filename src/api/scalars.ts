import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { GraphQLUpload } from 'graphql-upload-minimal';

/** A moment, as an ISO 8601 text in UTC. */
export const DateTime = GraphQLDateTime;

/** A whole number up to 2^53-1: Int ends at 2^31-1, which file sizes pass. */
export const SafeInt = GraphQLSafeInt;

/** A file of a multipart request. */
export const Upload = GraphQLUpload;
