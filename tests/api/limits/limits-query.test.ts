import { expect, test } from 'vitest';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { startTestServer } from '../../support/test-server.ts';

const LIMITS = '{ limits { maxUploadBytes allowedUploadExtensions maxPageSize maxQueryDepth signUp algorithms } }';

interface Limits {
  readonly maxPageSize: number;
  readonly maxQueryDepth: number;
}

test('limits tells what the settings allow, without a session', async () => {
  const settings = { MAX_CSV_UPLOAD_BYTES: '1234', ALLOWED_UPLOAD_EXTENSIONS: 'csv,tsv' };
  const server = endsWithTest(
    await startTestServer({ ...settings, SIGN_UP: 'invited', ENABLE_REAL_TRAINING: 'false' }, { worker: false }),
  );
  expect(await server.anonymous().execute(LIMITS)).toEqual({
    limits: {
      ...{ maxUploadBytes: 1_234, allowedUploadExtensions: ['csv', 'tsv'], maxPageSize: 100, maxQueryDepth: 12 },
      ...{ signUp: 'INVITED', algorithms: ['BASELINE'] },
    },
  });
});

test('the page size and the depth that limits tells are accepted, and one more is not', async () => {
  const server = endsWithTest(await startTestServer({}, { worker: false }));
  const client = await server.signUp();
  const { limits } = await client.execute<{ limits: Limits }>(LIMITS);
  const page = (first: number) =>
    client.request('query ($n: Int!) { datasets(first: $n) { totalCount } }', { n: first });
  expect((await page(limits.maxPageSize)).errors).toEqual([]);
  expect((await page(limits.maxPageSize + 1)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  const levels = (depth: number): string =>
    depth === 1 ? 'id' : `${depth % 2 ? 'run' : 'artifact'} { ${levels(depth - 1)} }`;
  const deep = (depth: number) => client.request(`{ artifact(id: "x") { ${levels(depth - 1)} } }`);
  expect((await deep(limits.maxQueryDepth)).errors).toEqual([]);
  expect((await deep(limits.maxQueryDepth + 1)).errors).toMatchObject([{ message: expect.stringContaining('levels') }]);
});

test.each(['OPEN', 'Open', 'open'])('SIGN_UP may be written %s', async (value) => {
  const server = endsWithTest(await startTestServer({ SIGN_UP: value }, { worker: false }));
  expect(await server.anonymous().execute('{ limits { signUp } }')).toEqual({ limits: { signUp: 'OPEN' } });
});
