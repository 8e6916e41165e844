import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readManifest } from '../../src/api/trusted-documents/manifest.ts';
import { readConfig } from '../../src/config.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { type OperationPayload, TRANSPORTS } from '../support/transports.ts';

const LISTED = 'query Role { viewer { role } }';
const LISTED_BY_NAME = 'query Name($id: ID!) { dataset(id: $id) { name } }';
const OTHER = '{ viewer { id } }';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const persisted = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

const APOLLO = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [
    { id: hashOf(LISTED), name: 'Role', type: 'query', body: LISTED },
    { id: hashOf(LISTED_BY_NAME), name: 'Name', type: 'query', body: LISTED_BY_NAME },
  ],
};
const CODEGEN = { [hashOf(LISTED)]: LISTED, [hashOf(LISTED_BY_NAME)]: LISTED_BY_NAME };

let folder: string;
let manifest: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainyard-manifest-'));
  manifest = join(folder, 'manifest.json');
  await writeFile(manifest, JSON.stringify(APOLLO));
});

afterAll(() => rm(folder, { recursive: true }));

describe('the manifest of trusted documents', () => {
  test('the manifest may be that of Apollo, or of the client preset of GraphQL Code Generator', async () => {
    const path = join(folder, 'documents.json');
    for (const content of [APOLLO, CODEGEN]) {
      await writeFile(path, JSON.stringify(content));
      expect(Object.fromEntries(await readManifest(path))).toEqual(CODEGEN);
    }
  });

  test.each([
    '',
    '{',
    '{}',
    '[]',
    '{"a": 1}',
    '{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}',
  ])('a manifest that reads %j is refused at the start, by the name of the setting', async (content) => {
    const path = join(folder, 'broken.json');
    await writeFile(path, content);
    await expect(readManifest(path)).rejects.toThrow('TRUSTED_DOCUMENTS_FILE must name a manifest');
  });

  test('a manifest that is missing is refused at the start', async () => {
    await expect(readManifest(join(folder, 'none.json'))).rejects.toThrow(
      'TRUSTED_DOCUMENTS_FILE must name a manifest',
    );
    expect(() => readConfig({ TRUSTED_DOCUMENTS: 'only' })).toThrow('needs TRUSTED_DOCUMENTS_FILE');
  });
});

/** Starts a server with trusted documents, for the tests of one group. */
function withTrusted(mode: string): () => TestServer {
  let server: TestServer;
  beforeAll(async () => {
    const settings = mode === 'off' ? {} : { TRUSTED_DOCUMENTS: mode, TRUSTED_DOCUMENTS_FILE: manifest };
    server = await startTestServer(settings, { worker: false });
  });
  afterAll(() => server.close());
  return () => server;
}

describe.each(TRANSPORTS)('over $name', ({ name, send }) => {
  /** Over a WebSocket the protocol asks for a text. */
  const none = name === 'WebSocket' ? { query: '' } : {};
  const codesOf = async (server: TestServer, payload: OperationPayload) =>
    (await send(server.url, null, payload)).errors.map(({ extensions }) => extensions.code);

  describe('with TRUSTED_DOCUMENTS=only', () => {
    const server = withTrusted('only');

    test('a listed document is executed, by either kind of id or by its text', async () => {
      for (const payload of [
        { ...none, documentId: hashOf(LISTED) },
        { ...none, ...persisted(hashOf(LISTED)) },
        { query: LISTED },
        { query: LISTED, ...persisted(hashOf(LISTED)) },
      ]) {
        expect(await send(server().url, null, payload)).toEqual({ data: { viewer: null }, errors: [] });
      }
    });

    test('the variables of a listed document are the client’s', async () => {
      const payload = { ...none, documentId: hashOf(LISTED_BY_NAME), variables: { id: 5.5 } };
      expect(await codesOf(server(), payload)).toEqual(['BAD_USER_INPUT']);
    });

    test('every other document is refused before it is parsed', async () => {
      for (const payload of [
        { query: OTHER },
        { query: '{ this is no document' },
        { query: `${LISTED} ` },
        { ...none, documentId: hashOf(OTHER) },
        { ...none, ...persisted(hashOf(OTHER)) },
        { query: OTHER, documentId: hashOf(LISTED) },
        { query: LISTED, documentId: 'unknown' },
        { query: '{ __schema { description } }' },
        { ...none, documentId: '__proto__' },
      ]) {
        expect(await codesOf(server(), payload), JSON.stringify(payload)).toEqual(['DOCUMENT_NOT_TRUSTED']);
      }
    });
  });

  describe('with TRUSTED_DOCUMENTS=prefer', () => {
    const server = withTrusted('prefer');

    test('documents are executed by their ids, and others by their texts', async () => {
      for (const payload of [
        { ...none, documentId: hashOf(LISTED) },
        { ...none, ...persisted(hashOf(LISTED)) },
      ]) {
        expect(await send(server().url, null, payload)).toEqual({ data: { viewer: null }, errors: [] });
      }
      for (const payload of [{ query: OTHER }, { query: OTHER, ...persisted(hashOf(OTHER)) }]) {
        expect(await send(server().url, null, payload)).toEqual({ data: { viewer: null }, errors: [] });
      }
    });

    test('an unknown id without a text is answered so that Apollo’s clients send the text', async () => {
      const { errors } = await send(server().url, null, { ...none, ...persisted(hashOf(OTHER)) });
      expect(errors).toMatchObject([
        { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
    });
  });
});

describe('requests by GET and forms', () => {
  const server = withTrusted('only');
  const get = async (search: Record<string, string>) => {
    const response = await fetch(`${server().url}/graphql?${new URLSearchParams(search).toString()}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    return (await response.json()) as unknown;
  };

  test('a GET request names a listed document by its id, and runs no other', async () => {
    const extensions = JSON.stringify(persisted(hashOf(LISTED)).extensions);
    for (const search of [{ documentId: hashOf(LISTED) }, { extensions }, { query: LISTED }]) {
      expect(await get(search)).toEqual({ data: { viewer: null } });
    }
    for (const search of [{ query: OTHER }, { documentId: 'x' }, {}, { query: OTHER, extensions: '{' }]) {
      expect(await get(search)).toMatchObject({ errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] });
    }
  });
});
