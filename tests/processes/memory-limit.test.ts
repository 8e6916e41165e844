import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noiseCsv } from '../support/csv-files.ts';
import { groupsUnavailable, KernelGroup } from '../support/kernel-group.ts';
import { endOfRun, startTraining, uploadDataset } from '../support/operations.ts';
import { TestClient } from '../support/test-client.ts';
import { type Command, served, start } from './command.ts';

/** What a small machine gives a container. */
const LIMIT = 300e6;

/** Above what all have taken before the training, where that is more: less than the training needs, more than a small one does. */
const LEFT = 60e6;

const unavailable = groupsUnavailable('memory');
if (unavailable !== null) console.warn(`The memory limit of a container is not tried here: ${unavailable}.`);

let directory: string;
let group: KernelGroup;
let command: Command & { readonly url: string };

beforeAll(async () => {
  if (unavailable !== null) return;
  directory = await mkdtemp(join(tmpdir(), 'trainyard-memory-'));
  group = await KernelGroup.make('memory', 'limit');
  // Node itself has taken little by then, and all that it starts is born in the group.
  // At its own pace: a process that is made to stand still while it trains cannot watch its memory.
  const pace = { TRAINYARD_TEST_PACE: '' };
  const started = start(['serve'], { PORT: '0', DATA_DIRECTORY: directory, TRAINING_THREADS: '1', ...pace });
  await group.add(started.process.pid ?? 0);
  command = await served(started);
});

afterAll(async () => {
  if (unavailable !== null) return;
  command.process.kill('SIGTERM');
  await command.ended;
  await group.remove();
  await rm(directory, { recursive: true, force: true });
});

const used = async () => {
  const [usage, files] =
    group.version === 1
      ? [await group.read('memory.usage_in_bytes'), 'total_']
      : [await group.read('memory.current'), ''];
  const read = (name: string) => group.read('memory.stat', `${files}${name}`);
  return usage - (await read('active_file')) - (await read('inactive_file'));
};

const kills = () =>
  group.version === 1 ? group.read('memory.oom_control', 'oom_kill') : group.read('memory.events', 'oom_kill');

test.skipIf(unavailable !== null)(
  'in a container shared by API, worker and database, a training that is too large ends with OUT_OF_MEMORY, and nothing is killed',
  async () => {
    const anonymous = new TestClient(command.url, null);
    const input = { email: 'user@example.com', password: 'correct horse battery' };
    const { signUp } = await anonymous.execute<{ signUp: { accessToken: string } }>(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }',
      { input },
    );
    const client = new TestClient(command.url, signUp.accessToken);
    const large = await uploadDataset(client, noiseCsv(400_000));
    const small = await uploadDataset(client, noiseCsv(500));
    const limit = String(Math.round(Math.max(LIMIT, (await used()) + LEFT)));
    await group.set({ v1: 'memory.limit_in_bytes', v2: 'memory.max' }, { v1: limit, v2: limit });

    const run = await endOfRun(
      client,
      await startTraining(client, {
        datasetId: large.id,
        algorithm: 'RANDOM_FOREST',
        parameters: { trees: 100, maxDepth: 30 },
      }),
    );
    expect(await kills()).toBe(0);
    expect(run).toMatchObject({ status: 'FAILED', attempt: 1, error: { code: 'OUT_OF_MEMORY' } });
    const next = await endOfRun(client, await startTraining(client, { datasetId: small.id, algorithm: 'BASELINE' }));
    expect(next).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    expect(await kills()).toBe(0);
    expect(command.process.exitCode).toBeNull();
  },
);

test.skipIf(unavailable !== null)(
  'serve warns at the start if the container has less memory than it needs, and only then',
  async () => {
    expect(command.output()).not.toContain('limitBytes');
    const folder = await mkdtemp(join(tmpdir(), 'trainyard-little-'));
    const little = await KernelGroup.make('memory', 'little');
    await little.set({ v1: 'memory.limit_in_bytes', v2: 'memory.max' }, { v1: '450000000', v2: '450000000' });
    const started = start(['serve'], { PORT: '0', DATA_DIRECTORY: folder });
    await little.add(started.process.pid ?? 0);
    await served(started);
    expect(started.output()).toMatch(/"level":40.*"limitBytes":4499\d{5}.*serve needs 500 MB/);
    started.process.kill('SIGINT');
    expect(await started.ended).toBe(0);
    await little.remove();
    await rm(folder, { recursive: true, force: true });
  },
);
