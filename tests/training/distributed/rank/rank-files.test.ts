import { describe, expect, test } from 'vitest';
import type { RankShard, RankStart } from '../../../../src/training/distributed/rank/rank-protocol.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { type FileServer, npy, startFileServer } from './file-server.ts';
import { Heard, labelledRows, orderOf, shardOf } from './gang.ts';

type Spoil = (shard: RankShard, server: FileServer) => RankShard;

const CODES = new Uint8Array(10_000);

/** What may be wrong with the files of a shard of 2,000 rows and 5 features, and what a rank says of it. */
const SPOILS: readonly (readonly [string, Spoil, string, RegExp])[] = [
  [
    'another hash',
    (shard) => ({ ...shard, codes: { ...shard.codes, sha256: '0'.repeat(64) } }),
    'SHARD_INVALID',
    /codes of shard 1 of 1 is another file/,
  ],
  [
    'a file that is cut',
    (shard, server) => ({ ...shard, codes: server.put(npy(CODES, [2_000, 5]).subarray(0, 9_000)) }),
    'SHARD_INVALID',
    /ends too early/,
  ],
  [
    'a header that is cut',
    (shard, server) => ({ ...shard, target: server.put(npy(CODES, [2_000]).subarray(0, 20)) }),
    'SHARD_INVALID',
    /target of shard 1/,
  ],
  [
    'a file with more after its array',
    (shard, server) => ({ ...shard, codes: server.put(Buffer.concat([npy(CODES, [2_000, 5]), Buffer.from('x')])) }),
    'SHARD_INVALID',
    /has not the/,
  ],
  [
    'other rows than promised',
    (shard, server) => ({ ...shard, codes: server.put(npy(CODES, [1_000, 10])) }),
    'SHARD_INVALID',
    /an array of \|u1 \(1000, 10\)/,
  ],
  [
    'floats as codes',
    (shard, server) => ({ ...shard, codes: server.put(npy(new Float32Array(10_000), [2_000, 5])) }),
    'SHARD_INVALID',
    /an array of <f4/,
  ],
  [
    'no file at all',
    (shard, server) => ({ ...shard, codes: { ...shard.codes, url: server.at('/none') } }),
    'SHARD_UNAVAILABLE',
    /HTTP status 404/,
  ],
  [
    'a redirect',
    (shard, server) => ({ ...shard, codes: { ...shard.codes, url: server.at('/redirected') } }),
    'SHARD_UNAVAILABLE',
    /HTTP status 302/,
  ],
  [
    'an address of a file of the host',
    (shard) => ({ ...shard, codes: { ...shard.codes, url: 'file:///etc/passwd' } }),
    'START_INVALID',
    /neither http nor https/,
  ],
  [
    'a port where nobody listens',
    (shard) => ({ ...shard, codes: { ...shard.codes, url: 'http://127.0.0.1:1/x?signature=private' } }),
    'SHARD_UNAVAILABLE',
    /ConnectionRefused/,
  ],
];

/** Orders that contradict themselves. */
const CONTRADICTIONS: readonly (readonly [string, (order: RankStart) => unknown, RegExp])[] = [
  ['of another protocol', (order) => ({ ...order, protocol: 1 }), /protocol 2/],
  ['with a rank beyond its world', (order) => ({ ...order, rank: 1 }), /rank 1 of 1/],
  ['with a tracker for one rank', (order) => ({ ...order, tracker: { host: '127.0.0.1', port: 1 } }), /tracker/],
  ['without shards', (order) => ({ ...order, shards: [] }), /nothing to train/],
  [
    'without the rows that early stopping needs',
    (order) => ({ ...order, earlyStoppingRounds: 3, validation: [] }),
    /early/,
  ],
  ['without what an order has', ({ runId, attempt }) => ({ role: 'rank', protocol: 2, runId, attempt }), /KeyError/],
  ['that is no object', () => 'train, please', /START_INVALID|invalid/],
];

describe.skipIf(XGBOOST_PYTHON === null)(`what a rank refuses${WITHOUT_XGBOOST}`, () => {
  test.each(SPOILS)('%s is refused, without its address', async (_, spoil, code, message) => {
    const server = await startFileServer();
    const shard = shardOf(server, labelledRows(2_000, 5, 1));
    const rank = new Heard(await orderOf(server, { shards: [spoil(shard, server)] }));
    await rank.process.ended;
    const failure = rank.of('failed');
    expect(failure).toEqual([{ event: 'failed', code, message: expect.stringMatching(message) }]);
    expect(JSON.stringify(failure)).not.toContain('private');
    expect(rank.of('loaded')).toEqual([]);
  });

  test.each(CONTRADICTIONS)('an order %s is refused', async (_, change, message) => {
    const server = await startFileServer();
    const rank = new Heard(change(await orderOf(server, {})) as RankStart);
    await rank.process.ended;
    expect(rank.of('failed')).toEqual([
      { event: 'failed', code: 'START_INVALID', message: expect.stringMatching(message) },
    ]);
  });

  test('a command that is none ends the rank', async () => {
    const server = await startFileServer();
    const rank = new Heard(await orderOf(server, { rounds: 1_000_000 }));
    await rank.first('round');
    rank.process.send('dance' as 'stop');
    await rank.process.ended;
    expect(rank.of('failed')).toMatchObject([{ code: 'START_INVALID' }]);
  });
});
