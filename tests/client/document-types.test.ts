import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { minifyIntrospection, outputIntrospectionFile } from '@gql.tada/internal';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { expect, test } from 'vitest';
import { endsWithTest } from '../support/ends-with-test.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = 'docs/apollo.md';

/** What a reader has around each piece of code, by a word that only this piece has. */
const AROUND: Readonly<Record<string, string>> = {
  createSession: `
    import { createSession, createTrainyard } from '@trainyard/client';
    import { trainyardCacheConfig, trainyardLink } from '@trainyard/client/apollo';
    import { ApolloClient, InMemoryCache } from '@apollo/client';`,
  possibleTypes: `
    import { InMemoryCache } from '@apollo/client';
    import { relayStylePagination } from '@apollo/client/utilities';`,
  SetContextLink: `
    import { ApolloLink } from '@apollo/client';
    import { SetContextLink } from '@apollo/client/link/context';
    import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
    import { OperationTypeNode } from 'graphql';
    import type { Client } from 'graphql-ws';
    import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
    declare const client: Client;
    declare function accessToken(): Promise<string>;`,
  ignoreNoDocuments: `
    import type { CodegenConfig } from '@graphql-codegen/cli';`,
  errorHandlingClient: `
    import type { CodegenConfig } from '@graphql-codegen/cli';
    import { CODEGEN_CONFIG } from '@trainyard/client/codegen';`,
  forwardSubscription: `
    import type { Trainyard } from '@trainyard/client';
    import { Client, fetchExchange, subscriptionExchange } from 'urql';
    declare const trainyard: Trainyard;`,
  initGraphQLTada: `
    import type { Trainyard } from '@trainyard/client';
    import { initGraphQLTada, type ResultOf } from 'gql.tada';
    import { print } from 'graphql';
    import type { introspection } from './introspection.js';
    declare const trainyard: Trainyard;
    export const status = (): 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED' | undefined =>
      trainingRuns?.nodes[0]?.status;
    // @ts-expect-error: a run has no such field
    export const nothing = () => trainingRuns?.nodes[0]?.nothing;`,
  defineConfig: `import { defineConfig } from 'vite';`,
};

function pieces(): readonly string[] {
  const text = readFileSync(join(ROOT, DOCUMENT), 'utf8');
  return [...text.matchAll(/^```[jt]s\n(.*?)^```$/gms)].map(([, code]) => String(code));
}

/** What gql.tada makes of the schema: its program does not run with TypeScript 7. */
function introspectionTypes(): string {
  const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
  const introspection = minifyIntrospection(introspectionFromSchema(schema, { descriptions: false }));
  return outputIntrospectionFile(introspection, { fileType: '.d.ts', shouldPreprocess: true });
}

test('every piece of code of docs/apollo.md compiles with the packages that it is for, in a strict program', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'document-types-'));
  endsWithTest({ close: () => rmSync(folder, { recursive: true }) });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'introspection.d.ts'), introspectionTypes());
  const known = Object.entries(AROUND);
  const files = pieces().map((code, index) => {
    const around = known.filter(([word]) => code.includes(word));
    expect(around, code).toHaveLength(1);
    const name = `piece${index}.ts`;
    // Editors know the type by the file that the generator reads.
    const typed = code.replace(/^const (config|strict) = \{/m, 'const $1: CodegenConfig = {');
    writeFileSync(join(folder, name), `${around[0]?.[1]}\n${typed}\nexport {};\n`);
    return name;
  });
  expect(files).toHaveLength(known.length);
  const options = ['--noEmit', '--strict', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2024'];
  const packages = ['--skipLibCheck', '--customConditions', '@trainyard/source', '--allowImportingTsExtensions'];
  // The README of apollo-upload-client asks for it: its types stand in comments.
  const comments = ['--allowJs', '--maxNodeModuleJsDepth', '10'];
  const libraries = ['--lib', 'es2024,dom,dom.iterable', '--types', ''];
  const command = join(ROOT, 'node_modules/.bin/tsc');
  const compiled = promisify(execFile)(command, [...options, ...packages, ...comments, ...libraries, ...files], {
    cwd: folder,
  });
  await expect(compiled).resolves.toEqual({ stdout: '', stderr: '' });
});
