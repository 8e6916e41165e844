import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { flowersCsv } from '../../support/csv-files.ts';
import { endsWithTest } from '../../support/ends-with-test.ts';
import { startTestServer } from '../../support/test-server.ts';

test('the lines of docs/uploads.md send a file in parts and show its dataset', async () => {
  const [, lines] = /^```sh\n(.*?)^```$/ms.exec(readFileSync('docs/uploads.md', 'utf8')) ?? [];
  if (lines === undefined) throw new Error('docs/uploads.md has no lines for a shell.');
  const server = endsWithTest(await startTestServer({ UPLOAD_PART_BYTES: '1000' }, { worker: false }));
  const { token } = await server.signUp();
  const folder = await mkdtemp(join(tmpdir(), 'trainyard-test-'));
  try {
    await writeFile(join(folder, 'flowers.csv'), flowersCsv(1_000).content);
    const script = lines.replaceAll('localhost:4000', new URL(server.url).host);
    const environment = { ...process.env, TOKEN: token ?? '' };
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], { cwd: folder, env: environment });
    expect(stdout).toContain('"rowCount":1000');
    expect(stdout).not.toContain('"errors"');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
