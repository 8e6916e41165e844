import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../../src/ml/random.ts';
import type { RankResume } from '../../../../src/training/distributed/rank/rank-protocol.ts';
import { eventually } from '../../../support/eventually.ts';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { type FileServer, startFileServer } from './file-server.ts';
import { type Heard, labelledRows, shardOf, startGang } from './gang.ts';

/** At how many points each rank is killed, and all are cancelled; docs/testing.md says how to try more. */
const POINTS = Number(process.env['TRAINYARD_RANK_KILLS'] ?? 1);
const RANKS = [0, 1, 2];
const FEATURES = 5;
/** After how many events of its own a rank is ended, less one: from its start to its eighth round or so. */
const MAX_EVENTS = 12;

const POINTS_OF_RANKS = RANKS.flatMap((rank) => {
  const random = createRandom(20 + rank);
  return Array.from({ length: POINTS }, () => [rank, random.below(MAX_EVENTS)] as const);
});

function threeShards(server: FileServer) {
  return RANKS.map((seed) => [shardOf(server, labelledRows(300, FEATURES, seed + 1))]);
}

/** Once a rank has said so much: 0 events is at its start. */
async function afterEvents(rank: Heard, count: number): Promise<void> {
  await eventually(() => expect(rank.events.length).toBeGreaterThanOrEqual(count));
}

/** What the first rank's last checkpoint that is still there has; null without one. */
async function resumeOf(first: Heard, server: FileServer): Promise<RankResume | null> {
  const last = first.of('checkpoint').at(-1);
  if (last === undefined) return null;
  return { model: server.put(await readFile(last.model.path)), round: last.round, best: last.best };
}

describe.skipIf(XGBOOST_PYTHON === null)(`ranks that end in the middle${WITHOUT_XGBOOST}`, () => {
  test.each(POINTS_OF_RANKS)('rank %i is killed after %i events, and the next attempt ends', async (killed, count) => {
    const server = await startFileServer();
    const shards = threeShards(server);
    const first = await startGang(server, shards, { rounds: 1_000_000, checkpointSeconds: 0 });
    await afterEvents(first.ranks[killed]!, count);
    first.ranks[killed]!.process.kill();
    await first.ranks[killed]!.process.ended;
    // As the coordinator does once it has seen one end.
    for (const { process } of [first.tracker, ...first.ranks]) process.kill();
    await Promise.all(first.ranks.map(({ process }) => process.ended));
    const resume = await resumeOf(first.ranks[0]!, server);
    const rounds = (resume?.round ?? 0) + 2;
    const second = await startGang(server, shards, { rounds, resume, attempt: 2 });
    const ends = await Promise.all(second.ranks.map((rank) => rank.first('done')));
    expect(ends.map((end) => [end.reason, end.rounds])).toEqual(Array(3).fill(['COMPLETED', rounds]));
    await Promise.all([second.tracker, ...second.ranks].map(({ process }) => process.ended));
  });

  test.each(POINTS_OF_RANKS)('all are cancelled when rank %i has said %i events, and end', async (watched, count) => {
    const server = await startFileServer();
    const { tracker, ranks } = await startGang(server, threeShards(server), { rounds: 1_000_000 });
    await afterEvents(ranks[watched]!, count);
    const all = [tracker, ...ranks];
    for (const { process } of all) process.send('cancel');
    for (const { process } of all) process.kill();
    const ends = await Promise.all(all.map(({ process }) => process.ended));
    // None by itself, which would take as long as the training.
    for (const end of ends) expect(end).toMatch(/SIGKILL|exit code [01]/);
    expect(ranks.flatMap((rank) => rank.of('done'))).toEqual([]);
  });
});
