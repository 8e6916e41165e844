import {
  getNamedType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql';
import { expect, test } from 'vitest';
import { DOWNLOADS_PATH } from '../../src/api/http/download-links.ts';
import { describeApiSchema } from '../../src/processes/api-schema.ts';
import { codeOf, runCode } from '../support/document-code.ts';

const DOCUMENT = 'docs/apollo.md';
const schema = describeApiSchema();
const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));

/** What the document gives the cache. */
function cacheOptions(): { possibleTypes: unknown; typePolicies: Record<string, { fields: Record<string, unknown> }> } {
  class InMemoryCache {
    readonly options: ReturnType<typeof cacheOptions>;
    constructor(options: ReturnType<typeof cacheOptions>) {
      this.options = options;
    }
  }
  const relayStylePagination = (keyArgs: readonly string[] | false = false) => ({ keyArgs });
  const cache = runCode(codeOf(DOCUMENT, 'possibleTypes'), { InMemoryCache, relayStylePagination }, 'cache');
  return (cache as InMemoryCache).options;
}

test('possibleTypes are those of the schema', () => {
  const abstract = types.filter((type) => isInterfaceType(type) || isUnionType(type));
  expect(cacheOptions().possibleTypes).toEqual(
    Object.fromEntries(
      abstract.map((type) => [
        type.name,
        schema
          .getPossibleTypes(type)
          .map(({ name }) => name)
          .sort(),
      ]),
    ),
  );
});

test('every connection has its key arguments: all but those that say which page it is', () => {
  const expected: Record<string, { fields: Record<string, unknown> }> = {};
  for (const type of types) {
    if (!isObjectType(type)) continue;
    for (const { name, args, type: given } of Object.values(type.getFields())) {
      if (!getNamedType(given).name.endsWith('Connection')) continue;
      const keys = args.map((argument) => argument.name).filter((argument) => !['first', 'after'].includes(argument));
      expected[type.name] ??= { fields: {} };
      (expected[type.name] as { fields: Record<string, unknown> }).fields[name] = {
        keyArgs: keys.length > 0 ? keys.sort() : false,
      };
    }
  }
  expect(Object.keys(expected).length).toBeGreaterThan(1);
  expect(cacheOptions().typePolicies).toEqual(expected);
});

test('the scalars of the code generator are those of the schema', () => {
  const config = runCode(codeOf(DOCUMENT, 'strictScalars'), {}, 'config') as {
    generates: Record<string, { config: { scalars: Record<string, string> } }>;
  };
  const own = types.filter((type) => isScalarType(type) && !isSpecifiedScalarType(type)).map(({ name }) => name);
  const [output] = Object.values(config.generates);
  expect(Object.keys(output?.config.scalars ?? {}).sort()).toEqual(own.sort());
});

test('the proxy leads every path of the server on, sockets too, under the name that the page has', () => {
  const defineConfig = (config: unknown) => config;
  const { server } = runCode(codeOf(DOCUMENT, 'proxy'), { defineConfig }, 'config') as {
    server: { proxy: Record<string, { target: string; ws?: boolean; changeOrigin?: boolean }> };
  };
  const paths = Object.keys(server.proxy);
  expect(paths).toEqual(['/graphql', '/downloads']);
  expect(DOWNLOADS_PATH.startsWith('/downloads')).toBe(true);
  expect(server.proxy['/graphql']).toMatchObject({ ws: true });
  for (const { target, changeOrigin = false } of Object.values(server.proxy)) {
    expect({ target, changeOrigin }).toEqual({ target: 'http://127.0.0.1:4000', changeOrigin: false });
  }
});
