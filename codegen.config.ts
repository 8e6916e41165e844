import type { CodegenConfig } from '@graphql-codegen/cli';
import { CODEGEN_CONFIG } from './src/client/apollo/codegen.ts';

// The typed operations of the console: "npm run build:console" writes them to src/console/gql, which is not committed.
const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/console/operations/*.graphql',
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
