import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTarget } from '../../../src/ml/preprocessing/target.ts';
import { createRandom, type Random } from '../../../src/ml/random.ts';
import { splitRows } from '../../../src/ml/split/split.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import type { InputRow } from '../../../src/runtime/predict/rows-to-table.ts';
import { MONTH_NAMES } from '../../../src/runtime/values/month-names.ts';
import { ORDER_ROWS } from '../../golden/order-models.ts';
import { STORE_ROWS } from '../../golden/store-models.ts';
import { predictionsOf, ROWS as UNUSUAL_ROWS } from '../../golden/written-models.ts';
import { MIXED_FEATURES, mixedTable, request, train } from '../../ml/made-tables.ts';
import { tableRows } from '../../repo/markdown-table.ts';
import { ask, DIGITS, HAS_PYTHON, WITHOUT_PYTHON } from './ask-reader.ts';

const GOLDEN = join(import.meta.dirname, '../../golden');

const COLUMNS = readFileSync(join(import.meta.dirname, '../../../docs/columns.md'), 'utf8');

const ROW_COUNT = 1_000;

/** Numbers as people write them in a file with a decimal comma, and what is none. */
function drawNumber(random: Random): unknown {
  const number = random.uniform() * 12_000;
  const text = number.toFixed(random.below(3)).replace('.', ',');
  const grouped = Math.round(number).toLocaleString('de-DE');
  const forms: readonly unknown[] = [
    ...[number, text, grouped, text, grouped, -number, `-${text}`, `${text}-`, `\u2212${text}`, ` ${grouped}\u00a0`],
    ...['-200', '-200,0', -200, '', 'n/a', null, true, 'inf', '1,5e2', '1,5D+02', `="${text}"`, `'${grouped}`, '1.2.3'],
    ...['\uff11\uff12', '\u0661\u0662,5', '12,5 %', '(12)', '0x10', '1e400', [], `+${text}`, `+-${text}`, ',5', '5,'],
  ];
  return forms[random.below(forms.length)];
}

const MONTHS = [...MONTH_NAMES.keys()];

/** Dates in every form of docs/columns.md, and texts that are almost such. */
function drawDate(random: Random): unknown {
  const timestamp = Math.floor((random.uniform() - 0.1) * 2e12);
  const iso = new Date(timestamp).toISOString();
  const [year, month, day] = iso.slice(0, 10).split('-').map(Number) as [number, number, number];
  const name = MONTHS[random.below(MONTHS.length)];
  const english = ['Jan', 'FEB', 'march', 'Sept', 'October'][random.below(5)];
  const zone = ['', 'Z', ' UTC', '+02:00', ' +0530', ' GMT-0330', '-07'][random.below(7)];
  const time = ['', `T${iso.slice(11, 19)}`, ` ${iso.slice(11, 23)}`, ' 5:07 PM', ' 12:30:00 am', ' 24:00'][
    random.below(6)
  ];
  const two = String(year).slice(2);
  const forms: readonly unknown[] = [
    ...[
      timestamp,
      timestamp / 7,
      iso,
      `${iso.slice(0, 10)}${time}${time === '' ? '' : zone}`,
      `${year}/${month}/${day}${time}`,
    ],
    ...[
      `${day}/${month}/${year}${time}`,
      `${month}/${day}/${year}`,
      `${day}.${month}.${year}`,
      `${day}-${month}-${two}`,
    ],
    ...[
      `${day} ${english} ${year}${time}`,
      `${english} ${day}, ${year}`,
      `Tue, ${day} ${english} ${year} 09:15:00 +0200`,
    ],
    ...[
      `${day}. ${name} ${year}`,
      `${day} de ${name} de ${year} 14:30`,
      `Montag, ${day}. ${name} ${year}`,
      `${name} ${year}`,
    ],
    ...[
      `${day} ${english} ${two}`,
      `${year}-${String(month).padStart(2, '0')}`,
      `${english} ${year}`,
      `${year}-Q${1 + (month % 4)}`,
    ],
    ...[
      `${1 + (month % 4)}Q${year}`,
      `${year}-W${String(1 + random.below(53)).padStart(2, '0')}`,
      `${year}W05-3`,
      `${year}W54`,
    ],
    ...[
      `${year}年${month}月${day}日`,
      `${year}년 ${month}월 ${day}일 14:05`,
      `令和6年${month}月`,
      `平成元年3月5日`,
      `${year}. ${month}. ${day}.`,
    ],
    ...[
      iso.slice(0, 10).replaceAll('-', ''),
      `${iso.slice(0, 10).replaceAll('-', '')}T093000Z`,
      '20240230',
      '31/02/2000',
    ],
    ...[
      '1706945400',
      '1706945400.25',
      '1706945400000',
      '1706945400000123',
      '1706945400000000000',
      '9706945400',
      1e17,
      -1e15,
    ],
    ...[
      '',
      'never',
      null,
      true,
      'NaT',
      `${iso} (remark)`,
      `="${iso.slice(0, 10)}"`,
      '29 Feb 2023',
      '29 Feb 2024',
      'May 5',
    ],
  ];
  return forms[random.below(forms.length)];
}

const TEXTS: Readonly<Record<string, readonly unknown[]>> = {
  district: [
    ...[
      'north',
      'south',
      'old town',
      ' south\t',
      'North',
      'old\u00a0town',
      '="north"',
      '\u200bnorth',
      'nor\u200bth',
      'None',
    ],
    ...['village 3', '', '?', '#N/A', null, 5, false, {}, 'n\u006frth', '\ufeffsouth'],
  ],
  furnished: ['Yes', 'no', 'YES', 'nO', ' yes', true, false, 'true', 'perhaps', '', null, 'n/a', 'y', 1],
  heating: [
    '1',
    '2',
    '3',
    1,
    2.0,
    3.5,
    '1.0',
    '+2',
    '3.',
    '02',
    '1e0',
    '2,0',
    '="2"',
    '\u00a03',
    '7',
    1e21,
    1e-7,
    null,
    '-',
    true,
  ],
};

function drawRow(random: Random): InputRow {
  const row: Record<string, unknown> = {
    area: drawNumber(random),
    distance: drawNumber(random),
    built: drawDate(random),
    listed: drawDate(random),
  };
  for (const [name, values] of Object.entries(TEXTS)) row[name] = values[random.below(values.length)];
  // An absent column is missing.
  if (random.below(20) === 0) delete row[['area', 'district', 'listed'][random.below(3)]!];
  return row;
}

function drawStoreRow(random: Random): InputRow {
  const area = [random.uniform() * 150, String(random.below(150)), null, 'n/a'][random.below(4)];
  return {
    area,
    store: [`store ${random.below(270)}`, ` store ${random.below(9)} `, 'new 3', '', null][random.below(5)],
  };
}

const WORDS = [
  'good',
  'Very',
  'LATE',
  'box',
  'torn',
  'schön',
  'GRÖSSE',
  'très',
  'bien',
  'zu',
  'Spät',
  '№',
  '12',
  'x\u0301',
  '😀',
  'ΣΑΣ',
];

function drawOrderRow(random: Random): InputRow {
  const note = Array.from({ length: random.below(6) }, () => WORDS[random.below(WORDS.length)]).join(
    [' ', ', ', '-', '_', '\u00a0'][random.below(5)],
  );
  return { note, ordered: drawDate(random), delivered: drawDate(random), returned: drawDate(random) };
}

describe.runIf(HAS_PYTHON)(
  `a reader of the model file in Python, written from the documentation${WITHOUT_PYTHON}`,
  () => {
    const random = createRandom(1);
    const versions = [
      { version: 3, models: 21, unusual: UNUSUAL_ROWS, draw: drawRow },
      { version: 4, models: 23, unusual: STORE_ROWS, draw: drawStoreRow },
      { version: 5, models: 38, unusual: ORDER_ROWS, draw: drawOrderRow },
    ];

    test.each(versions)(
      'a reader in Python gives the same 1,000 predictions for every estimator and task, version $version',
      ({ version, models, unusual, draw }) => {
        const rows = [...unusual, ...Array.from({ length: ROW_COUNT - unusual.length }, () => draw(random))];
        const folder = join(GOLDEN, `version-${version}`);
        const names = readdirSync(folder).filter((file) => file.endsWith('.model.json'));
        const paths = names.map((name) => join(folder, name));
        expect(names).toHaveLength(models);
        const answers = ask<readonly (readonly (readonly number[])[])[]>({ predict: paths, rows });
        const different = paths.flatMap((path, i) => {
          const own = predictionsOf(parseModel(readFileSync(path)), rows);
          return own.flatMap((outputs, row) => {
            const theirs = answers[i]?.[row] ?? [];
            const isSame =
              outputs.length === theirs.length &&
              outputs.every(
                (output, k) => Math.abs(output - theirs[k]!) <= Math.max(1, Math.abs(output)) / 10 ** DIGITS,
              );
            return isSame ? [] : [{ model: names[i], row: rows[row], outputs, theirs }];
          });
        });
        expect(different.slice(0, 3)).toEqual([]);
      },
      120_000,
    );

    test('a program in Python reads long texts, and texts of many marks, as the runtime does', () => {
      const file = JSON.parse(readFileSync(join(GOLDEN, 'version-3/linear-numbers.model.json'), 'utf8'));
      const district = (file.features as { name: string; categories: string[] }[]).find(
        ({ name }) => name === 'district',
      )!;
      const marked = (pairs: number) => `e${'\u0301\u0323'.repeat(pairs)}`;
      // 30 and 32 marks in a row: the first is found by its composed form, the second only as it is.
      district.categories.splice(0, 2, marked(15).normalize('NFC'), marked(16).normalize('NFC'));
      const long = 100_000;
      const texts = [
        ...[marked(15), marked(16), marked(15).normalize('NFC'), marked(16).normalize('NFC'), ` ${marked(15)}\u00a0`],
        ...[marked(long), `${'1'.repeat(long)}x`, `a${' '.repeat(long)}\u00e9`, '1'.repeat(300)],
      ];
      const rows = texts.flatMap((text) => [{ district: text }, { area: text, built: text }]);
      const folder = mkdtempSync(join(tmpdir(), 'marks-'));
      try {
        const path = join(folder, 'model.json');
        writeFileSync(path, JSON.stringify(file));
        const own = predictionsOf(parseModel(readFileSync(path)), rows).map(([value]) => value!);
        const [theirs] = ask<[[number][]]>({ predict: [path], rows });
        for (const [i, [value]] of theirs.entries()) expect(value).toBeCloseTo(own[i]!, DIGITS);
        expect(own[0]).toBe(own[4]);
        expect(own[0]).not.toBe(own[2]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('a program in Python finds the same intervals', () => {
      const data = mixedTable(200);
      const trainedWith = (folds: number | null) =>
        train(request(data, 'amount', 'REGRESSION', 'LINEAR', MIXED_FEATURES, { folds })).trained.modelBytes;
      const folder = mkdtempSync(join(tmpdir(), 'intervals-'));
      try {
        const [path, without] = [join(folder, 'with.json'), join(folder, 'without.json')];
        writeFileSync(path, trainedWith(4));
        writeFileSync(without, trainedWith(null));
        const model = parseModel(readFileSync(path));
        const rows = [{ x: 3, y: 1, place: 'Bern' }];
        const [value] = predictionsOf(model, rows)[0]!;
        const { radius } = model.interval!;
        const [[theirs], [none]] = ask<[[number[]], [null]]>({ intervals: [path, without], rows });
        expect(none).toBeNull();
        expect(theirs[0]).toBeCloseTo(value! - radius, DIGITS);
        expect(theirs[1]).toBeCloseTo(value! + radius, DIGITS);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    test('the names of months in the documentation are those that are read', () => {
      const written = tableRows(COLUMNS, 'months').flatMap(([month, names = '']) =>
        names.split(', ').map((name) => [name, Number(month)]),
      );
      expect(Object.fromEntries(written)).toEqual(Object.fromEntries(MONTH_NAMES));
    });

    test.each([
      { target: 'yes', task: 'CLASSIFICATION', testFraction: 0.2, seed: 0 },
      { target: 'size', task: 'CLASSIFICATION', testFraction: 0.3, seed: 7 },
      { target: 'place', task: 'CLASSIFICATION', testFraction: 0.25, seed: 4_000_000_000 },
      { target: 'amount', task: 'REGRESSION', testFraction: 0.2, seed: -3 },
    ] as const)(
      'a program in Python draws the same test rows: $target, seed $seed',
      ({ target, task, testFraction, seed }) => {
        const data = mixedTable(997);
        const column = data.columns.find(({ name }) => name === target)!;
        const read = readTarget(column, task);
        const split = splitRows({ strategy: 'RANDOM', testFraction, column: null, seed }, data, read);
        // Of the rows that have a target.
        const rowsWithTarget = Array.from({ length: data.rowCount }, (_, row) => row).filter(
          (row) => read.task === 'REGRESSION' || read.codes[row]! >= 0,
        );
        const classes = rowsWithTarget.map((row) => (read.task === 'REGRESSION' ? 0 : read.codes[row]!));
        const drawn = ask<readonly number[]>({ split: { classes, testFraction, seed } });
        expect(drawn.map((at) => rowsWithTarget[at])).toEqual([...split.test]);
      },
    );
  },
);
