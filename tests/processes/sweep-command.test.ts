import { afterAll, beforeAll, expect, test } from 'vitest';
import { flowersCsv } from '../support/csv-files.ts';
import { uploadDataset } from '../support/operations.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { start } from './command.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({}, { worker: false });
  await uploadDataset(await server.signUp(), flowersCsv());
});

afterAll(() => server.close());

const settings = () => ({
  DATABASE_URL: server.database.access.ownerUrl,
  DATA_DIRECTORY: server.config.DATA_DIRECTORY,
  LOG_LEVEL: 'info',
});

test.each([[['sweep', '--dry-run'], true] as const, [['sweep'], false] as const])(
  '%j compares the store with the database, logs a report and ends',
  async (args, isDryRun) => {
    const command = start(args, settings());
    expect(await command.ended, command.output()).toBe(0);
    const reports = command
      .output()
      .split('\n')
      .flatMap((line) => (line.includes('"report"') ? [(JSON.parse(line) as { report: object }).report] : []));
    expect(reports).toMatchObject([{ isDryRun, workspaces: 1, failed: 0, files: 2, orphans: 0, missing: 0 }]);
  },
);

test('sweep refuses an option that it does not know', async () => {
  const command = start(['sweep', '--wet-run'], settings());
  expect(await command.ended).toBe(1);
  expect(command.output()).toContain('sweep takes --dry-run or nothing');
});
