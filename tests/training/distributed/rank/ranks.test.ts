import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { startFileServer } from './file-server.ts';
import { Heard, labelledRows, orderOf, shardOf, startGang } from './gang.ts';

/** More rounds than any test waits for. */
const ENDLESS = 1_000_000;
const FEATURES = 5;

/** Three ranks' shards of a table, and the table in one. */
async function threeShards() {
  const server = await startFileServer();
  const parts = [1, 2, 3].map((seed) => labelledRows(1_000, FEATURES, seed));
  const shards = parts.map((rows) => [shardOf(server, rows)]);
  return { server, shards };
}

describe.skipIf(XGBOOST_PYTHON === null)(`ranks of a training${WITHOUT_XGBOOST}`, () => {
  test('three ranks report the same losses, which are within 1 % of those of one with all rows', async () => {
    const { server, shards } = await threeShards();
    const { tracker, ranks } = await startGang(server, shards, { rounds: 30 });
    const alone = new Heard(await orderOf(server, { rounds: 30, shards: shards.flat() }));
    await Promise.all([tracker, alone, ...ranks].map(({ process }) => process.ended));
    const losses = ranks.map((rank) =>
      rank.of('round').map(({ trainLoss, validationLoss }) => [trainLoss, validationLoss]),
    );
    expect(losses[0]).toHaveLength(30);
    expect(losses[1]).toEqual(losses[0]);
    expect(losses[2]).toEqual(losses[0]);
    const [last, lastAlone] = [ranks[0]!.of('round').at(-1)!, alone.of('round').at(-1)!];
    expect(Math.abs(last.trainLoss / lastAlone.trainLoss - 1)).toBeLessThan(0.01);
    expect(last.trainLoss).toBeLessThan(0.69);
    // Only the first writes files.
    expect(
      ranks.map((rank) => rank.of('done').map(({ reason, rounds, model }) => [reason, rounds, model !== null])),
    ).toEqual([[['COMPLETED', 30, true]], [['COMPLETED', 30, false]], [['COMPLETED', 30, false]]]);
    await expect(tracker.process.ended).resolves.toContain('exit code 0');
  });

  test('told one of them to stop, all end after the same round and keep the best', async () => {
    const { server, shards } = await threeShards();
    const { ranks } = await startGang(server, shards, { rounds: ENDLESS });
    await ranks[0]!.first('round');
    ranks[2]!.process.send('stop');
    const ends = await Promise.all(ranks.map((rank) => rank.first('done')));
    const rounds = ranks[0]!.of('round');
    const best = rounds.reduce((least, each) => (each.validationLoss! < least.validationLoss! ? each : least));
    expect(ends.map(({ reason, rounds: all, bestRound }) => [reason, all, bestRound])).toEqual(
      Array(3).fill(['STOPPED', rounds.length, best.round]),
    );
  });

  test('early stopping ends all ranks so many rounds after the best one', async () => {
    const { server, shards } = await threeShards();
    const { ranks } = await startGang(server, shards, { rounds: ENDLESS, earlyStoppingRounds: 3 });
    const ends = await Promise.all(ranks.map((rank) => rank.first('done')));
    expect(ends.map(({ reason, rounds, bestRound }) => [reason, rounds - bestRound])).toEqual(
      Array(3).fill(['EARLY_STOPPING', 3]),
    );
  });

  test('cancelled ranks end, wherever they are', async () => {
    const { server, shards } = await threeShards();
    const { ranks } = await startGang(server, shards, { rounds: ENDLESS });
    await ranks[1]!.first('ready');
    for (const { process } of ranks) process.send('cancel');
    await Promise.all(ranks.map(({ process }) => process.ended));
    expect(ranks.map((rank) => rank.events.at(-1)?.event).includes('done')).toBe(false);
    expect(ranks.some((rank) => rank.events.at(-1)?.event === 'cancelled')).toBe(true);
  });

  test('when one rank is killed the others fail, and a new attempt goes on from the checkpoint', async () => {
    const { server, shards } = await threeShards();
    const { ranks } = await startGang(server, shards, { rounds: ENDLESS, checkpointSeconds: 0 });
    const checkpoint = await ranks[0]!.first('checkpoint');
    const content = await readFile(checkpoint.model.path);
    ranks[1]!.process.kill();
    await expect(ranks[1]!.process.ended).resolves.toContain('SIGKILL');
    const failures = await Promise.all([ranks[0]!.first('failed'), ranks[2]!.first('failed')]);
    expect(failures.map(({ code }) => code)).toEqual(['RANKS_LOST', 'RANKS_LOST']);

    const resume = { model: server.put(content), round: checkpoint.round, best: checkpoint.best };
    const rounds = checkpoint.round + 5;
    const again = await startGang(server, shards, { rounds, resume, attempt: 2 });
    const [done] = await Promise.all(again.ranks.map((rank) => rank.first('done')));
    expect(again.ranks[2]!.of('round').map(({ round }) => round)).toEqual(
      [1, 2, 3, 4, 5].map((n) => checkpoint.round + n),
    );
    expect(done).toMatchObject({ reason: 'COMPLETED', rounds });
    // It learns on: without the rounds before it would begin at the loss of the first one.
    expect(again.ranks[0]!.of('round')[0]!.trainLoss).toBeLessThan(ranks[0]!.of('round')[0]!.trainLoss);
  });

  test('a rank whose starter goes away ends', async () => {
    const server = await startFileServer();
    const rank = new Heard(await orderOf(server, { rounds: ENDLESS }));
    await rank.first('round');
    rank.process.closeInput();
    await expect(rank.process.ended).resolves.toContain('exit code 1');
  });
});
