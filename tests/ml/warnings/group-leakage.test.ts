import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/ml/random.ts';
import type { SplitRequest } from '../../../src/ml/split/split.ts';
import type { Column, Table } from '../../../src/tabular/types/column.ts';
import { numbers, request, table, texts, train } from '../made-tables.ts';

const SEEDS = [1, 2, 3, 4, 5];

/** What a run says of near-copies; the features are all columns but the target and what divides the rows. */
function saidOf(
  data: Table,
  split: Partial<SplitRequest> = {},
  task: 'CLASSIFICATION' | 'REGRESSION' = 'CLASSIFICATION',
) {
  const features = data.columns.map(({ name }) => name).filter((name) => name !== 'target' && name !== split.column);
  const wanted = request(data, 'target', task, 'BASELINE', features);
  const { warnings } = train({
    ...wanted,
    split: { strategy: 'RANDOM', testFraction: 0.2, column: null, seed: 0, ...split },
  }).trained;
  return warnings.filter((warning) => warning.includes('belong together') && !warning.includes('stand among'));
}

/** Draws made of one seed: uniform whole numbers below a limit, and normal numbers. */
function drawing(seed: number) {
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return { below: (limit: number) => random.below(limit), normal };
}

const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
const columnsOf = (count: number, make: (at: number) => Column) => times(count, make);
const yesNo = (isYes: number) => (isYes > 0 ? 'yes' : 'no');

/** 200 patients with five visits each, who are ill or not whatever is measured of them. */
function visits(seed: number, kind: 'STATIC' | 'NOISY', noise = 0.1): Table {
  const { below, normal } = drawing(seed);
  const patients = 200;
  const ofPatient = <T>(make: () => T) => {
    const values = times(patients, make);
    return times(patients * 5, (row) => values[row % patients]!);
  };
  const target = texts(
    'target',
    ofPatient(() => yesNo(below(2))),
  );
  const measured = columnsOf(6, (at) => {
    const own = ofPatient(normal);
    return numbers(
      `measured ${at}`,
      own.map((value) => (kind === 'NOISY' ? value : 0) + (kind === 'NOISY' ? noise : 1) * normal()),
    );
  });
  const patient = numbers(
    'patient',
    times(patients * 5, (row) => row % patients),
  );
  if (kind === 'NOISY') return table(...measured, patient, target);
  const age = numbers(
    'age',
    ofPatient(() => 20 + below(60)),
  );
  const sex = texts(
    'sex',
    ofPatient(() => 'fm'[below(2)]!),
  );
  const height = numbers(
    'height',
    ofPatient(() => Math.round(170 + 10 * normal())),
  );
  return table(...measured, age, sex, height, patient, target);
}

const without = (data: Table, name: string): Table => ({
  ...data,
  columns: data.columns.filter((column) => column.name !== name),
});

describe('near-copies of test rows among the training rows are warned of', () => {
  test.each(SEEDS)(
    'group leakage is reported if the constant features of a patient are a rare combination, seed %i',
    (seed) => {
      expect(saidOf(without(visits(seed, 'STATIC'), 'patient'))).toEqual([
        expect.stringMatching(
          /^[\d.]+ % of the 40 test rows .* share age, sex, height with a few training rows.*GROUP/,
        ),
      ]);
    },
  );

  test.each(SEEDS)(
    'group leakage is reported if all features are measured again, with small differences, seed %i',
    (seed) => {
      expect(saidOf(without(visits(seed, 'NOISY'), 'patient'))).toEqual([
        expect.stringMatching(/^[\d.]+ % of the 40 test rows .* have a few training rows much nearer to them.*GROUP/),
      ]);
    },
  );

  test('group leakage is reported for a numeric target', () => {
    const { normal } = drawing(6);
    const own = times(200, normal);
    const data = without(visits(1, 'NOISY'), 'patient');
    const amount = numbers(
      'target',
      times(1_000, (row) => own[row % 200]! + 0.1 * normal()),
    );
    expect(saidOf(table(...without(data, 'target').columns, amount), {}, 'REGRESSION')).toHaveLength(1);
  });
});

describe('nothing is said of near-copies', () => {
  test('group leakage is not reported if the split keeps groups together, or the user has split the rows', () => {
    for (const kind of ['STATIC', 'NOISY'] as const) {
      expect(saidOf(visits(1, kind), { strategy: 'GROUP', column: 'patient' })).toEqual([]);
      expect(saidOf(visits(1, kind), { strategy: 'TIME', column: 'patient' })).toEqual([]);
    }
  });

  test('group leakage is not reported if the target differs at each visit', () => {
    const { below } = drawing(7);
    const target = texts(
      'target',
      times(1_000, () => yesNo(below(2))),
    );
    for (const kind of ['STATIC', 'NOISY'] as const) {
      const { columns } = without(without(visits(1, kind), 'patient'), 'target');
      expect(saidOf(table(...columns, target))).toEqual([]);
    }
  });

  test('group leakage is not reported if visits differ as much as patients', () => {
    expect(saidOf(without(visits(1, 'NOISY', 1), 'patient'))).toEqual([]);
  });

  describe.each(SEEDS)('of independent rows, seed %i', (seed) => {
    const { below, normal } = drawing(seed);
    const [x, y, common] = [times(1_000, normal), times(1_000, normal), times(1_000, normal)];
    const noise = columnsOf(6, (at) => numbers(`noise ${at}`, times(1_000, normal)));
    const coins = texts(
      'target',
      times(1_000, () => yesNo(below(2))),
    );
    const places = times(200, () => [normal(), normal()] as const);
    const at = times(1_000, () => places[below(200)]!);
    const walk = () => {
      let level = 0;
      return times(1_000, () => {
        level += normal();
        return level;
      });
    };
    const [level, later] = [walk(), walk()];

    const made: [string, Table, 'CLASSIFICATION' | 'REGRESSION'][] = [
      ['numbers', table(...noise, coins), 'CLASSIFICATION'],
      [
        'few values',
        table(
          ...columnsOf(8, (i) =>
            numbers(
              `few ${i}`,
              times(1_000, () => below(5)),
            ),
          ),
          coins,
        ),
        'CLASSIFICATION',
      ],
      [
        'some values',
        table(
          ...columnsOf(8, (i) =>
            numbers(
              `some ${i}`,
              times(1_000, () => below(20)),
            ),
          ),
          coins,
        ),
        'CLASSIFICATION',
      ],
      [
        'labels',
        table(
          ...columnsOf(6, (i) =>
            texts(
              `label ${i}`,
              times(1_000, () => `l${below(30)}`),
            ),
          ),
          coins,
        ),
        'CLASSIFICATION',
      ],
      [
        'columns that go together, rounded',
        table(
          ...columnsOf(6, (i) =>
            numbers(
              `like ${i}`,
              common.map((value) => Math.round(20 * (value + 0.1 * normal()))),
            ),
          ),
          texts('target', common.map(yesNo)),
        ),
        'CLASSIFICATION',
      ],
      [
        'a chessboard',
        table(
          numbers('x', x),
          numbers('y', y),
          texts(
            'target',
            x.map((value, i) => yesNo((Math.floor(4 * value) + Math.floor(4 * y[i]!)) & 1)),
          ),
        ),
        'CLASSIFICATION',
      ],
      [
        'places that the target changes slowly over',
        table(
          numbers(
            'latitude',
            at.map(([north]) => north),
          ),
          numbers(
            'longitude',
            at.map(([, east]) => east),
          ),
          ...noise.slice(0, 3),
          numbers(
            'target',
            at.map(([north]) => north + 0.5 * normal()),
          ),
        ),
        'REGRESSION',
      ],
      [
        'a series in time',
        table(
          numbers(
            'hour',
            times(1_000, (i) => i),
          ),
          numbers('level', level),
          numbers('target', later),
        ),
        'REGRESSION',
      ],
    ];

    test.each(made)('group leakage is not reported for independent rows: %s', (_, data, task) => {
      expect(saidOf(data, {}, task)).toEqual([]);
    });
  });
});
