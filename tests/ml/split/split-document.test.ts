import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTarget } from '../../../src/ml/preprocessing/target.ts';
import { splitRows } from '../../../src/ml/split/split.ts';
import { table, texts } from '../made-tables.ts';

const WORD = 2n ** 32n;
const wrap = (value: bigint) => value % WORD;
const rotl = (value: bigint, by: bigint) => wrap(value << by) | (value >> (32n - by));

/** The numbers of docs/splits.md, steps 4 and 5, written anew. */
function numbersBelow(seed: number): (count: number) => number {
  let m = BigInt(seed);
  const word = (): bigint => {
    m = wrap(m + 0x9e3779b9n);
    let z = m;
    z = wrap((z ^ (z >> 16n)) * 0x21f0aaadn);
    z = wrap((z ^ (z >> 15n)) * 0x735a2d97n);
    return z ^ (z >> 15n);
  };
  let [a, b, c, d] = [word(), word(), word(), word()];
  const next = (): bigint => {
    const result = wrap(rotl(wrap(b * 5n), 7n) * 9n);
    const s = wrap(b << 9n);
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= s;
    d = rotl(d, 11n);
    return result;
  };
  return (count) => {
    const limit = WORD - (WORD % BigInt(count));
    for (;;) {
      const number = next();
      if (number < limit) return Number(number % BigInt(count));
    }
  };
}

/** The test rows by the steps of docs/splits.md. */
function drawnRows(labels: readonly (string | null)[], f: number, seed: number): number[] {
  const rows = labels.flatMap((label, row) => (label === null ? [] : [row]));
  const t = Math.round(rows.length * f);
  const classes = [...new Set(labels.filter((label) => label !== null))].sort();
  const ofClass = classes.map((name) => rows.filter((row) => labels[row] === name));
  const isRare = (members: readonly number[]) => members.length * f < 1 || members.length - members.length * f < 1;
  const rare = rows.filter((row) => ofClass.some((members) => isRare(members) && members.includes(row)));
  const strata = [...ofClass.filter((members) => !isRare(members)), ...(rare.length > 0 ? [rare] : [])];
  const exact = strata.map((members) => (members.length * t) / rows.length);
  const shares = exact.map(Math.floor);
  for (let missing = t - shares.reduce((sum, share) => sum + share, 0); missing > 0; missing--) {
    // A stratum that was given one more has a remainder below 0 now.
    const remainders = exact.map((share, i) => share - shares[i]!);
    shares[remainders.indexOf(Math.max(...remainders))]!++;
  }
  const below = numbersBelow(seed);
  const drawn: number[] = [];
  for (const [i, members] of strata.entries()) {
    let wanted = shares[i]!;
    for (let place = 0; place < members.length && wanted > 0; place++) {
      if (below(members.length - place) >= wanted) continue;
      drawn.push(members[place]!);
      wanted--;
    }
  }
  return drawn.sort((left, right) => left - right);
}

test('the steps of docs/splits.md draw the rows of RANDOM', () => {
  const labels = fc.array(fc.constantFrom('a', 'a', 'a', 'b', 'b', 'c', 'é', null, 'rare'), {
    minLength: 12,
    maxLength: 90,
  });
  const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
  fc.assert(
    fc.property(labels, fc.constantFrom(0.2, 0.25, 0.3, 0.5, 0.8), seeds, (cells, testFraction, seed) => {
      fc.pre(cells.filter((cell) => cell !== null).length >= 8);
      const target = texts('target', cells);
      const request = { strategy: 'RANDOM', testFraction, column: null, seed } as const;
      const { test: tested } = splitRows(request, table(target), readTarget(target, 'CLASSIFICATION'));
      expect([...tested]).toEqual(drawnRows(cells, testFraction, seed));
    }),
  );
});
