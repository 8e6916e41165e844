import type { Role } from '../gql/graphql.ts';

/** The roles as they are offered. */
export const ROLES: readonly (readonly [Role, string])[] = [
  ['READER', 'Reader: read everything'],
  ['EDITOR', 'Editor: upload, train and delete'],
  ['OWNER', 'Owner: everything'],
];
