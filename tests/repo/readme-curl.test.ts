import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
});

afterAll(() => server.close());

/** What the lines with curl of README.md print, for this server. */
async function runLines(): Promise<string> {
  const [, lines] = /^```\n([^`]*curl[^`]*)^```$/m.exec(readFileSync('README.md', 'utf8')) ?? [];
  if (lines === undefined) throw new Error('README.md has no lines with curl.');
  const script = lines.replaceAll('localhost:4000', new URL(server.url).host);
  return (await promisify(execFile)('sh', ['-c', script])).stdout;
}

test('the lines with curl of README.md upload a file, at the first time and at every other', async () => {
  const answers = [await runLines(), await runLines(), await runLines()].map((text) => JSON.parse(text) as unknown);
  const uploaded = { data: { uploadDataset: { dataset: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) } } } };
  expect(answers).toEqual([uploaded, uploaded, uploaded]);
  const rows = await server.database.owner`select distinct workspace_id from datasets`;
  expect(rows).toHaveLength(1);
});
