import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pythonOffer } from '../../../../src/training/distributed/rank/python-offer.ts';
import { RankProcess } from '../../../../src/training/distributed/rank/rank-process.ts';
import type { RankEvent, TrackerStart } from '../../../../src/training/distributed/rank/rank-protocol.ts';
import { endsWithTest } from '../../../support/ends-with-test.ts';
import { eventually } from '../../../support/eventually.ts';
import { XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';

const START: TrackerStart = {
  role: 'tracker',
  protocol: 2,
  host: '127.0.0.1',
  port: 0,
  world: 2,
  secret: 'feedfeedfeedfeed',
};

/** A process that runs JavaScript in the place of a rank. */
async function posing(source: string) {
  const folder = await mkdtemp(join(tmpdir(), 'posing-'));
  endsWithTest({ close: () => rm(folder, { recursive: true }) });
  const program = join(folder, 'rank.mjs');
  await writeFile(program, source);
  const events: RankEvent[] = [];
  const rank = new RankProcess({ python: process.execPath, program }, START, (event) => events.push(event));
  return { rank: endsWithTest(rank, 'kill'), events };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('events that come in pieces or together are heard one by one, before the end', async () => {
  const { rank, events } = await posing(`
    process.stdout.write('{"event":"heartbeat","memory');
    setTimeout(() => process.stdout.write('Bytes":1}\\n{"event":"heartbeat","memoryBytes":2}\\n{"event":"cancelled"}\\n'), 10);
  `);
  await expect(rank.ended).resolves.toBe('It ended with exit code 0.');
  expect(events).toEqual([
    { event: 'heartbeat', memoryBytes: 1 },
    { event: 'heartbeat', memoryBytes: 2 },
    { event: 'cancelled' },
  ]);
});

test.each([
  ['no JSON', 'console.log("hello")'],
  ['an unknown event', `console.log('{"event":"party"}')`],
  ['more than an event has', `console.log('{"event":"cancelled","more":1}')`],
  ['a number that is none', `console.log('{"event":"heartbeat","memoryBytes":NaN}')`],
  ['a line without an end', 'for (;;) process.stdout.write("x".repeat(1000))'],
])('a process that writes %s is ended', async (_, source) => {
  const { rank, events } = await posing(
    `${source}; console.log('{"event":"cancelled"}'); setInterval(() => {}, 1000);`,
  );
  await expect(rank.ended).resolves.toMatch(/SIGKILL.* a line that is no event/);
  expect(events).toEqual([]);
});

test('its last words are kept, without the secret, and so is a cut line', async () => {
  const { rank } = await posing(`
    process.stdin.once('data', (line) => {
      console.error('x'.repeat(5000) + ' the secret is ' + JSON.parse(line).secret);
      process.stdout.write('{"event":"hear');
      process.exitCode = 3;
      process.stdin.destroy();
    });
  `);
  const ended = await rank.ended;
  expect(ended).toMatch(/^It ended with exit code 3\. Its last line was cut off\. Its last words: x+ the secret is …$/);
  expect(ended.length).toBeLessThan(2_200);
});

test('it sees nothing of the settings of this process', async () => {
  process.env['DATABASE_URL_OF_TEST'] = 'private';
  try {
    const { rank } = await posing('console.error(JSON.stringify(Object.keys(process.env)))');
    const ended = await rank.ended;
    expect(ended).toContain('PATH');
    expect(ended).not.toContain('DATABASE_URL_OF_TEST');
  } finally {
    delete process.env['DATABASE_URL_OF_TEST'];
  }
});

test('a process that obeys nothing is killed with what it has started', async () => {
  const { rank, events } = await posing(`
    import { spawn } from 'node:child_process';
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log(JSON.stringify({ event: 'heartbeat', memoryBytes: child.pid }));
    setInterval(() => {}, 1000);
  `);
  const child = await eventually(() => {
    const [event] = events;
    if (event?.event !== 'heartbeat') throw new Error('not yet');
    return event.memoryBytes;
  });
  rank.send('cancel');
  rank.kill();
  await expect(rank.ended).resolves.toContain('SIGKILL');
  await eventually(() => expect(isAlive(child)).toBe(false));
  // Both may come again.
  rank.send('stop');
  rank.kill();
});

test('one that cannot be started says so', async () => {
  const rank = new RankProcess({ python: '/no/such/python' }, START, () => undefined);
  rank.kill();
  await expect(rank.ended).resolves.toMatch(/could not be started: .*ENOENT/);
});

test('a Python without what is needed is no offer, and the words say what to install', async () => {
  await expect(pythonOffer('/no/such/python')).resolves.toEqual({
    missing: expect.stringMatching(/"\/no\/such\/python" cannot be run: .*python3-xgboost/),
  });
  await expect(pythonOffer('echo')).resolves.toEqual({ missing: expect.stringContaining('is no Python') });
});

test.skipIf(XGBOOST_PYTHON === null)('a Python with xgboost is an offer of this host', async () => {
  await expect(pythonOffer(XGBOOST_PYTHON!)).resolves.toEqual({
    python: expect.stringMatching(/^3\.\d+\.\d+$/),
    xgboost: expect.stringMatching(/^\d+\.\d+/),
    cores: expect.any(Number),
    memoryBytes: expect.any(Number),
  });
});
