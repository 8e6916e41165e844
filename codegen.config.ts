import type { CodegenConfig } from '@graphql-codegen/cli';
import { CODEGEN_CONFIG } from './src/client/apollo/codegen.ts';

// The typed operations of the console, which share fragments with the client package: "npm run build:console" writes them to
// src/console/gql, which is not committed.
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: ['src/console/operations/*.graphql', 'src/client/operations/*.graphql'],
  silent: true,
  generates: {
    './src/console/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: CODEGEN_CONFIG,
    },
  },
};

export default config;
