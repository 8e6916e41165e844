import fc from 'fast-check';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nestsTooDeeply, violationOfNesting } from '../../../src/api/limits/nesting.ts';
import { openRaw } from '../../support/raw-http.ts';
import { openSession, openSocket } from '../../support/raw-socket.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';
import { TRANSPORTS } from '../../support/transports.ts';

const lists = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('a request that nests values', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({}, { worker: false });
  });
  afterAll(() => server.close());

  const subscribe = (extensions: string) =>
    `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","extensions":{"a":${extensions}}}}`;

  test.each([9_000, 9_900])(
    'a message that nests %i lists closes its socket, before and after connection_init, and the server goes on',
    async (depth) => {
      const before = await openSocket(server.url);
      before.send(subscribe(lists(depth)));
      expect(await before.closed).toEqual({ code: 4400, reason: 'Invalid message' });
      const after = await openSession(server.url);
      after.send(subscribe(lists(depth)));
      expect(await after.closed).toEqual({ code: 4400, reason: 'Invalid message' });
      const { token } = await server.signUp();
      const signedIn = await openSession(server.url, { authorization: `Bearer ${token}` });
      signedIn.send(subscribe(objects(200_000)));
      expect(await signedIn.closed).toEqual({ code: 4400, reason: 'Invalid message' });
      expect(await server.anonymous().execute('{ __typename }')).toEqual({ __typename: 'Query' });
    },
  );

  test('a body that nests lists or objects deeply is refused with BAD_REQUEST', async () => {
    for (const accept of ['application/json', 'text/event-stream']) {
      for (const deep of [lists(200_000), objects(200_000)]) {
        const response = await fetch(`${server.url}/graphql`, {
          ...{ method: 'POST', body: `{"query":"{ __typename }","extensions":${deep}}` },
          headers: { accept, 'content-type': 'application/json' },
        });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
      }
    }
  });

  test('a body that is nothing but brackets ends neither its connection without an answer nor the server', async () => {
    const body = '['.repeat(1_900_000);
    const connection = openRaw(server.url);
    const headers = [
      'host: x',
      'content-type: application/json',
      'connection: close',
      `content-length: ${body.length}`,
    ];
    connection.write(`POST /graphql HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`);
    expect(await connection.received).toMatch(/^HTTP\/1\.1 400 /);
  });

  test.each(TRANSPORTS)(
    'a document that nests lists deeply is refused before it is parsed, over $name',
    async ({ send }) => {
      const query = `{ dataset(id: ${'['.repeat(2_900)}) { id } }`;
      expect((await send(server.url, null, { query })).errors).toMatchObject([
        {
          message: 'The document nests brackets in more than 250 levels.',
          extensions: { code: 'GRAPHQL_PARSE_FAILED' },
        },
      ]);
    },
  );
});

describe('the nesting of a text', () => {
  test('the nesting of JSON is that of its brackets outside strings', () => {
    const deep = (text: string) => nestsTooDeeply(Buffer.from(text));
    expect(deep(lists(100))).toBe(false);
    expect(deep(lists(101))).toBe(true);
    expect(deep(objects(101))).toBe(true);
    expect(deep(JSON.stringify(lists(500)))).toBe(false);
    expect(deep(JSON.stringify([`\\"${lists(500)}`, '\\', lists(500)]))).toBe(false);
    expect(deep(`[${'[1],'.repeat(1_000)}1]`)).toBe(false);
  });

  test('JSON of any value passes if it has few levels, whatever texts are in it', () => {
    const strange = fc.string({ unit: fc.constantFrom('[', '{', '"', '\\', ']', 'a'), maxLength: 300 });
    fc.assert(
      fc.property(fc.dictionary(strange, fc.array(strange)), (value) => {
        expect(nestsTooDeeply(Buffer.from(JSON.stringify(value)))).toBe(false);
      }),
    );
  });

  test('brackets in strings and comments of a document do not nest', () => {
    const deep = '[('.repeat(300);
    for (const query of [
      `{ a(b: "${deep}") }`,
      `{ a(b: "\\"${deep}") }`,
      `{ a(b: """ ${deep} \\""" ${deep} " "" """) }`,
      `# ${deep}\n{ a }`,
      `{ a(b: "#") } # ${deep}`,
    ]) {
      expect(() => parse(query)).not.toThrow();
      expect(violationOfNesting(query), query).toBeNull();
    }
    expect(violationOfNesting(`{ a(b: "") ${deep}`)).toContain('250 levels');
    expect(violationOfNesting(`{ a(b: """""") ${deep}`)).toContain('250 levels');
    expect(violationOfNesting(`"${deep}\n${deep}`)).toContain('250 levels');
  });

  test('the nesting of a document takes time in proportion to its length', () => {
    for (const text of [
      '\\"""'.repeat(25_000),
      '"'.repeat(99_999),
      '#'.repeat(99_999),
      `"""${'\\"""'.repeat(24_000)}`,
    ]) {
      const startedAt = process.cpuUsage();
      violationOfNesting(text);
      // A step for each pair of characters would take minutes.
      expect(process.cpuUsage(startedAt).user).toBeLessThan(5_000_000);
    }
  });
});
