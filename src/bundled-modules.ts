/** The modules that scripts/bundle-dependencies.js puts into dist/bundled/: all that the server's own code imports. */
export const BUNDLED_MODULES: readonly string[] = [
  '@apollo/server',
  '@apollo/server/errors',
  '@apollo/server/plugin/disabled',
  '@aws-sdk/client-s3',
  '@aws-sdk/lib-storage',
  '@aws-sdk/s3-request-presigner',
  'busboy',
  'content-disposition',
  'cookie',
  'dataloader',
  'drizzle-orm',
  'drizzle-orm/pg-core',
  'drizzle-orm/postgres-js',
  'drizzle-orm/postgres-js/migrator',
  'graphql',
  'graphql-scalars',
  'graphql-sse',
  'graphql-ws/use/ws',
  'helmet',
  'ipaddr.js',
  'jose',
  'lru-cache',
  'nodemailer',
  'pg-boss',
  'postgres',
  'prom-client',
  'range-parser',
  'rate-limiter-flexible',
  'tinyqueue',
  'type-graphql',
  'ws',
  'zod/mini',
];

/** The name of a module's bundle, without its ending. */
export function bundledName(module: string): string {
  return module.replaceAll('/', '__');
}
