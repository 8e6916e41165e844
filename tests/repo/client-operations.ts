import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import {
  type DocumentNode,
  type GraphQLSchema,
  isInterfaceType,
  isUnionType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
} from 'graphql';
import { CODEGEN_CONFIG, SCALARS } from '../../src/client/apollo/codegen.ts';

const FOLDER = 'src/client/operations';
const BANNER = '// Generated from the code by "npm run generate"; do not edit.\n\n';

/** What the client asks the server, with its types: only those that its operations use. */
export async function currentOperations(schema: GraphQLSchema): Promise<string> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.graphql'));
  const paths = names.sort().map((name) => join(FOLDER, name));
  const documents = paths.map((location) => ({ location, document: parse(readFileSync(location, 'utf8')) }));
  const sorted = lexicographicSortSchema(schema);
  const types = await codegen({
    filename: 'operations.ts',
    schema: parse(printSchema(sorted)),
    schemaAst: sorted,
    documents,
    config: { ...CODEGEN_CONFIG, scalars: { ...SCALARS, ID: 'string' } },
    plugins: [{ 'typescript-operations': {} }],
    pluginMap: { 'typescript-operations': typescriptOperations },
  });
  const texts = documentTexts(documents.map(({ document }) => document));
  return `${BANNER}import type { Operation } from '../core/operation.ts';\n\n${types.trim()}\n\n${texts}`;
}

/** A constant for each fragment and operation, which names the fragments that it uses. */
function documentTexts(documents: readonly DocumentNode[]): string {
  const definitions = documents.flatMap((document) => document.definitions);
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const texts = new Map(fragments.map((fragment) => [fragment.name.value, print(fragment)]));
  const constants = [...texts].map(([name, text]) => `const ${constantOf(name)} = \`${text}\`;\n`);
  const operations = definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return [];
    const name = definition.name?.value ?? '';
    const type = `${name}${definition.operation.replace(/^./, (letter) => letter.toUpperCase())}`;
    const text = print(definition);
    const used = usedFragments(text, texts).map((fragment) => `\n\${${constantOf(fragment)}}`);
    return [`export const ${name}Document: Operation<${type}, ${type}Variables> = \`${text}${used.join('')}\`;\n`];
  });
  return [...constants, ...operations].join('\n');
}

function constantOf(fragment: string): string {
  return `${fragment.replace(/\B[A-Z]/g, '_$&').toUpperCase()}_TEXT`;
}

/** The fragments of an operation, and those that they use themselves. */
function usedFragments(text: string, texts: ReadonlyMap<string, string>): string[] {
  const used = new Set<string>();
  const visit = (source: string) => {
    for (const [, name = ''] of source.matchAll(/\.\.\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(texts.get(name) ?? '');
    }
  };
  visit(text);
  return [...used];
}

/** The types of each interface and union, which Apollo's cache has to know. */
export function currentPossibleTypes(schema: GraphQLSchema): string {
  const entries = Object.values(schema.getTypeMap())
    .filter((type) => isInterfaceType(type) || isUnionType(type))
    .sort((one, other) => one.name.localeCompare(other.name))
    .map((type) => {
      const names = schema.getPossibleTypes(type).map(({ name }) => `'${name}'`);
      return `  ${type.name}: [${names.sort().join(', ')}],\n`;
    });
  return `${BANNER}/** The types of each interface: without them, Apollo's cache shows a fragment on one as empty. */
export const POSSIBLE_TYPES = {\n${entries.join('')}};\n`;
}
