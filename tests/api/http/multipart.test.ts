import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { eventually } from '../../support/eventually.ts';
import { expectError } from '../../support/expect-error.ts';
import { expectUp } from '../../support/expect-up.ts';
import { BOUNDARY, formHeaders, formOf, type Part, sendForm, uploadParts } from '../../support/multipart.ts';
import { UPLOAD } from '../../support/operations.ts';
import { openRaw, parseAnswer } from '../../support/raw-http.ts';
import { storedFiles, temporaryFiles } from '../../support/stored-files.ts';
import { TestClient } from '../../support/test-client.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const LIMIT = 100_000;
/** More than the limit and all that a form may have beside its file, less than what a server reads in passing. */
const FAR_BEYOND = 3_000_000;
const [OPERATIONS, MAP, FILE] = uploadParts(UPLOAD, String(flowersCsv().content));

const WITH_LIST = {
  name: 'operations',
  content: JSON.stringify({ query: UPLOAD, variables: { file: null, list: [] } }),
};

/** A map that puts the file where it belongs, and there too. */
function mapTo(path: string) {
  return { name: 'map', content: JSON.stringify({ 0: ['variables.file', path] }) };
}

/** A map that puts the file there alone. */
function mapOnlyTo(path: string) {
  return { name: 'map', content: JSON.stringify({ 0: [path] }) };
}

let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  const limits = { MAX_CSV_UPLOAD_BYTES: String(LIMIT), MAX_MODEL_IMPORT_BYTES: String(LIMIT) };
  server = await startTestServer(limits, { worker: false });
  client = await server.signUp();
});

/** Nothing here is ever accepted, so nothing may ever be left. */
afterEach(async () => {
  await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
  expect(await storedFiles(server)).toEqual([]);
  expect(await server.database.owner`select from blobs union all select from datasets`).toHaveLength(0);
});

afterAll(() => server.close());

/** A part of text whose header says that it is a file, as a browser sends a Blob. */
const asBlob = (part: Part): Part => ({ ...part, filename: 'blob' });

/** The whole of `operations` in one place where the file belongs, and one more. */
const TWO_PLACES = JSON.stringify({ query: UPLOAD, variables: { file: null, other: null } });

describe('a form that does not follow the protocol is refused by the name of the part', () => {
  test.each([
    ['operations as a Blob', formOf([asBlob(OPERATIONS), MAP, FILE]), 'operations', 'as a file'],
    ['map as a Blob', formOf([OPERATIONS, asBlob(MAP), FILE]), 'map', 'as a file'],
    ['no operations', formOf([MAP, FILE]), 'operations', 'missing'],
    ['no operations, and nothing that follows them', formOf([{ name: 'other', content: '' }]), 'operations', 'missing'],
    ['no operations but a file', formOf([FILE]), 'operations', 'missing'],
    ['operations twice', formOf([OPERATIONS, OPERATIONS, MAP, FILE]), 'operations', 'twice'],
    [
      'operations in a list',
      formOf([{ ...OPERATIONS, content: `[${OPERATIONS.content}]` }, MAP, FILE]),
      'operations',
      'not a list',
    ],
    ['operations that are no JSON', formOf([{ ...OPERATIONS, content: '{' }, MAP, FILE]), 'operations', 'not JSON'],
    ['operations that are null', formOf([{ ...OPERATIONS, content: 'null' }, MAP, FILE]), 'operations', 'object'],
    ['no map', formOf([OPERATIONS]), 'map', 'missing'],
    ['no map but a file', formOf([OPERATIONS, FILE]), 'map', 'missing'],
    ['map twice', formOf([OPERATIONS, MAP, MAP, FILE]), 'map', 'twice'],
    ['a map that is a list', formOf([OPERATIONS, { ...MAP, content: '[]' }, FILE]), 'map', 'object'],
    ['a map without a place', formOf([OPERATIONS, { ...MAP, content: '{"0":[]}' }, FILE]), '0', 'gives no path'],
    ['a map of numbers', formOf([OPERATIONS, { ...MAP, content: '{"0":[1]}' }, FILE]), '0', 'paths'],
    ['no file', formOf([OPERATIONS, MAP]), '0', 'missing'],
    ['a text in the file’s place', formOf([OPERATIONS, MAP, { name: '0', content: 'petal' }]), '0', 'no file name'],
    ['a file without a file name', withoutFilename(), '0', 'no file name'],
    ['a file whose name is empty', formOf([OPERATIONS, MAP, { ...FILE, filename: '' }]), '0', 'no file name'],
    ['a file that the map does not name', formOf([OPERATIONS, MAP, { ...FILE, name: 'other' }]), 'other', 'not name'],
    ['two files', formOf([OPERATIONS, MAP, FILE, { ...FILE, name: '1' }]), '1', 'second file'],
    ['the same part twice', formOf([OPERATIONS, MAP, FILE, FILE]), '0', 'second file'],
    [
      'an extra file before the one that is wanted',
      formOf([OPERATIONS, MAP, { ...FILE, name: '1' }, FILE]),
      '1',
      'not name',
    ],
    [
      'a map of two files',
      formOf([OPERATIONS, { ...MAP, content: '{"0":["variables.file"],"one":["variables.other"]}' }, FILE]),
      'one',
      'second file',
    ],
    [
      'one file mapped twice',
      formOf([{ ...OPERATIONS, content: TWO_PLACES }, mapTo('variables.other'), FILE]),
      '0',
      'two places',
    ],
    [
      'a path to nowhere',
      formOf([OPERATIONS, { ...MAP, content: '{"0":["variables.a.b"]}' }, FILE]),
      '0',
      'variables.a.b',
    ],
    ['no last boundary', formOf([OPERATIONS, MAP, FILE], false), '0', 'without its last boundary'],
  ])('a form that violates the multipart protocol is refused, naming the part: %s', async (_, body, part, words) => {
    const { data, errors } = await sendForm(client, body);
    expect(data?.['uploadDataset'] ?? null).toBeNull();
    expectError(errors, 'BAD_REQUEST', { hint: expect.any(String), requestId: expect.any(String) });
    expect(errors[0]?.message).toContain(`"${part}"`);
    expect(errors[0]?.message).toContain(words);
  });

  test('a form with a second file is refused even if its first file arrived long before', async () => {
    const connection = openRaw(server.url);
    connection.write(head({ 'transfer-encoding': 'chunked' }));
    const second = formOf([{ ...FILE, name: 'second' }]);
    const boundary = `--${BOUNDARY}\r\n`;
    // With the boundary the file has ended.
    connection.write(chunk(formOf([OPERATIONS, MAP, FILE], false) + boundary));
    await eventually(async () => expect(await temporaryFiles(server)).toHaveLength(1));
    // As long as it takes to read such a file: the first would be stored by now if nothing kept it.
    const query = 'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted } }';
    // All at once: a form whose next bytes let wait for themselves too long is cut off.
    await Promise.all(Array.from({ length: 5 }, () => sendForm(client, formOf(uploadParts(query, FILE.content)))));
    connection.write(chunk(second.slice(boundary.length)));
    connection.write('0\r\n\r\n');
    const { body } = parseAnswer(await connection.received);
    expect(body).toMatchObject({ data: { uploadDataset: null }, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    expect(body.errors?.[0]?.message).toContain('"second"');
  });

  test('a valid form is accepted, also with additional fields and any file name', async () => {
    const other = { name: 'other', content: 'x' };
    const query = 'mutation ($file: Upload!) { inspectDataset(file: $file) { accepted filename } }';
    const [operations, map] = uploadParts(query, '');
    for (const filename of ['flowers.csv', 'цветы 花.csv', "a 'b'.csv"]) {
      const answer = await sendForm(
        client,
        formOf([other, operations, map, { ...FILE, filename }, { ...other, name: 'end' }]),
      );
      expect(answer).toMatchObject({ errors: [], data: { inspectDataset: { accepted: true, filename } } });
    }
  });
});

/** A file whose header says what is in it, and not its name. */
function withoutFilename(): string {
  const file = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="0"\r\ncontent-type: application/octet-stream\r\n\r\na,b\r\n`;
  return `${formOf([OPERATIONS, MAP], false)}${file}--${BOUNDARY}--\r\n`;
}

describe('a form that does not follow the protocol is refused with words', () => {
  test.each([
    ['without its last boundary', formOf([OPERATIONS, MAP, FILE], false)],
    ['without a file', formOf([OPERATIONS, MAP])],
    ['with a file that the map does not name', formOf([OPERATIONS, MAP, { ...FILE, name: 'other' }])],
    ['with a text in the file’s place', formOf([OPERATIONS, MAP, { name: '0', content: 'petal' }])],
    ['with the map first', formOf([MAP, OPERATIONS, FILE])],
    ['with the file first', formOf([FILE, OPERATIONS, MAP])],
    ['without a map', formOf([OPERATIONS, FILE])],
    ['without an operation', formOf([MAP, FILE])],
    ['with operations that are no JSON', formOf([{ name: 'operations', content: '{' }, MAP, FILE])],
    ['with a map that is no JSON', formOf([OPERATIONS, { name: 'map', content: '{' }, FILE])],
    ['with a map of no lists', formOf([OPERATIONS, { name: 'map', content: '{"0":"variables.file"}' }, FILE])],
    ['with a path to nowhere', formOf([OPERATIONS, { name: 'map', content: '{"0":["a.b.c"]}' }, FILE])],
    ['with a path into prototypes', formOf([OPERATIONS, { name: 'map', content: '{"0":["__proto__.file"]}' }, FILE])],
    [
      'with a path into what every object inherits',
      formOf([OPERATIONS, mapOnlyTo('variables.hasOwnProperty.call'), FILE]),
    ],
    ['with a path into a text', formOf([OPERATIONS, mapOnlyTo('query.at.call'), FILE])],
    ['with a path to the prototype', formOf([OPERATIONS, mapOnlyTo('variables.__proto__'), FILE])],
    ['with a path that ends nowhere', formOf([OPERATIONS, mapOnlyTo('variables.'), FILE])],
    ['with a path into the file itself', formOf([OPERATIONS, mapTo('variables.file.resolve'), FILE])],
    ['with a path into a file that does not come', formOf([OPERATIONS, mapTo('variables.file.reject')])],
    ['with a path far beyond the end of a list', formOf([WITH_LIST, mapOnlyTo('variables.list.4000000000'), FILE])],
    ['with a path to the length of a list', formOf([WITH_LIST, mapOnlyTo('variables.list.length'), FILE])],
    ['with a NUL in the filename', formOf([OPERATIONS, MAP, { ...FILE, filename: 'a\0.csv' }])],
    ['with a header that is none', `${formOf([OPERATIONS, MAP], false)}--${BOUNDARY}\r\nno\0header\r\n\r\nx\r\n`],
    [
      'with a header that is none after the file',
      `${formOf([OPERATIONS, MAP, FILE], false)}--${BOUNDARY}\r\nno\0header\r\n\r\nx\r\n`,
    ],
    ['with nothing in it', formOf([])],
    ['with no byte at all', ''],
  ])('a malformed form is refused with a readable error: %s', async (_, body) => {
    const { data, errors } = await sendForm(client, body);
    expect(data?.['uploadDataset'] ?? null).toBeNull();
    expectError(errors, 'BAD_REQUEST', { requestId: expect.any(String) });
    expect(errors[0]?.message).not.toMatch(/Something went wrong|middleware|multipart field|Malformed|Unexpected/);
  });

  test.each(['multipart/form-data', 'multipart/form-data; x', 'multipart/form-data; boundary='])(
    'a form with the content type %s is refused',
    async (type) => {
      const headers = { ...formHeaders(client.token), 'content-type': type };
      const { status, errors } = await sendForm(client, formOf([OPERATIONS, MAP, FILE]), headers);
      expect({ status, errors }).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    },
  );
});

describe('before the body is read', () => {
  test('a form without the header that foreign pages cannot send is refused before its body is read', async () => {
    const { 'apollo-require-preflight': _, ...headers } = formHeaders(client.token);
    const answer = await sendForm(client, formOf([OPERATIONS, MAP, FILE]), headers);
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('a form without a session is refused before its body is read', async () => {
    for (const token of [null, 'a.b.c']) {
      const answer = await sendForm(new TestClient(server.url, token), formOf([OPERATIONS, MAP, FILE]));
      expect(answer).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
  });

  test('a form whose content-length is too large is refused before its body is read', async () => {
    const connection = openRaw(server.url);
    connection.write(head({ 'content-length': String(FAR_BEYOND) }));
    // Not a byte of the body has been sent when the answer comes.
    const answer = await eventually(() => parseAnswer(connection.soFar()));
    connection.breakOff();
    expect(answer).toMatchObject({
      status: 413,
      body: { errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] },
    });
  });

  test('the refusal of a form reaches a client that sends everything before it reads', async () => {
    const file = { ...FILE, content: 'x'.repeat(FAR_BEYOND) };
    const answer = await sendForm(client, formOf([OPERATIONS, MAP, file]));
    expect(answer).toMatchObject({
      status: 413,
      errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE', argument: 'file' } }],
    });
  });
});

describe('while the body is read', () => {
  test('a file one byte beyond the limit is refused while it is read', async () => {
    const file = { ...FILE, content: `a,b\n${'1,2\n'.repeat(LIMIT)}`.slice(0, LIMIT + 1) };
    const { errors } = await sendForm(client, formOf([OPERATIONS, MAP, file]));
    expectError(errors, 'PAYLOAD_TOO_LARGE', {
      argument: 'file',
      hint: expect.stringContaining('MAX_CSV_UPLOAD_BYTES'),
    });
  });

  test('a chunked form of unknown size is refused as soon as its file exceeds the limit', async () => {
    const connection = openRaw(server.url);
    connection.write(head({ 'transfer-encoding': 'chunked' }));
    connection.write(chunk(formOf([OPERATIONS, MAP, { ...FILE, content: 'a,b\n' }], false).slice(0, -2)));
    connection.write(chunk('1,2\n'.repeat(LIMIT / 4)));
    // The answer comes although the body never ends.
    await connection.firstByte;
    connection.write('0\r\n\r\n');
    const { body } = parseAnswer(await connection.received);
    expectError(body.errors, 'PAYLOAD_TOO_LARGE', { argument: 'file' });
  });

  test('a client that disconnects during an upload leaves nothing behind, and the server continues', async () => {
    const connection = openRaw(server.url);
    connection.write(head({ 'transfer-encoding': 'chunked' }));
    connection.write(chunk(formOf([OPERATIONS, MAP, { ...FILE, content: 'a,b\n' }], false).slice(0, -2)));
    await eventually(async () => expect(await temporaryFiles(server)).toHaveLength(1));
    connection.breakOff();
    await eventually(async () => expect(await temporaryFiles(server)).toEqual([]));
    await expectUp(client);
  });

  test('a file that is used twice by the operation is refused the second time', async () => {
    const query = `mutation ($file: Upload!) {
      a: inspectDataset(file: $file) { accepted } b: inspectDataset(file: $file) { accepted } }`;
    const { data, errors } = await sendForm(client, formOf(uploadParts(query, FILE.content)));
    expect(data).toEqual({ a: { accepted: true }, b: null });
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'BAD_REQUEST' } }]);
    expect(errors[0]?.message).toContain('"0"');
  });

  test('a file that no field uses is skipped', async () => {
    const query = 'mutation ($file: Upload!) { inspectDataset(file: $file) @skip(if: true) { accepted } }';
    expect(await sendForm(client, formOf(uploadParts(query, FILE.content)))).toMatchObject({ data: {}, errors: [] });
  });
});

function head(headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...formHeaders(client.token), ...headers });
  return `POST /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
}

function chunk(content: string): string {
  return `${Buffer.byteLength(content).toString(16)}\r\n${content}\r\n`;
}
