import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { WITHOUT_XGBOOST, XGBOOST_PYTHON } from '../../../support/xgboost-python.ts';
import { npy, startFileServer } from './file-server.ts';
import { Heard, orderOf, type Rows, shardOf, startGang } from './gang.ts';

const CODES = 255;

/** One tree of a leaf for each code, whose value is the mean target of the code. */
const ONE_TREE = {
  ...{
    objective: 'reg:squarederror',
    eval_metric: 'rmse',
    tree_method: 'hist',
    base_score: 0,
    eta: 1,
    lambda: 0,
    gamma: 0,
  },
  ...{ grow_policy: 'lossguide', max_leaves: 256, max_depth: 0, min_child_weight: 0 },
};

/** No two codes have the same target, and those next to each other differ by much. */
const targetOf = (code: number) => (code * 97) % 256;

/** Rows of some codes, each as often as `times` says. */
function rowsOf(
  codes: readonly number[],
  times: (code: number) => number,
  weigh: ((code: number) => number) | null,
): Rows {
  const all = codes.flatMap((code) => Array<number>(times(code)).fill(code));
  const target = Float32Array.from(all, targetOf);
  return { codes: Uint8Array.from(all), target, weights: weigh === null ? null : Float32Array.from(all, weigh) };
}

/** The margins of rank 0 for each code. */
async function marginsOf(rank: Heard): Promise<number[]> {
  const { margins } = await rank.first('done');
  const content = await readFile(margins!.path);
  return [...new Float32Array(Uint8Array.from(content.subarray(content.length - 4 * CODES)).buffer)];
}

const ALL = Array.from({ length: CODES }, (_, code) => code);
const EXPECTED = ALL.map(targetOf);
// Few and many, light and heavy: binning that has to drop some drops the rare or the light ones.
const times = (code: number) => (code % 5 === 0 ? 400 : 1);
const weigh = (code: number) => (code % 3 === 0 ? 8 : 0.125);

describe.skipIf(XGBOOST_PYTHON === null)(`the binning of a rank keeps all 255 codes apart${WITHOUT_XGBOOST}`, () => {
  test.each([
    ['alone', null, 1],
    ['alone, with weights', weigh, 1],
    ['over three ranks that have different codes', null, 3],
    ['over three ranks that have different codes, with weights', weigh, 3],
  ])('%s', async (_, weights, world) => {
    const server = await startFileServer();
    const shards = Array.from({ length: world }, (_shard, rank) => {
      // Thirds of the codes; the first rank has a missing one too.
      const own = ALL.filter((code) => Math.floor((code * world) / CODES) === rank);
      return [shardOf(server, rowsOf(own, times, weights))];
    });
    const check = { rows: CODES, codes: server.put(npy(Uint8Array.from(ALL), [CODES, 1])) };
    const changes = { features: 1, rounds: 1, parameters: ONE_TREE, validation: [], check };
    const first =
      world === 1
        ? new Heard(await orderOf(server, { ...changes, shards: shards.flat() }))
        : (await startGang(server, shards, changes)).ranks[0]!;
    const margins = await marginsOf(first);
    expect(margins.map((margin) => Math.round(margin * 100) / 100)).toEqual(EXPECTED);
  });
});
