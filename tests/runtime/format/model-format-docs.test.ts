import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MODEL_EXPORT_ERROR_CODES } from '../../../src/ml/export/model-export-error.ts';
import { LEARNER_NAMES } from '../../../src/ml/learners/learner-names.ts';
import type { ParameterSpec } from '../../../src/ml/parameters/parameter-spec.ts';
import { ALGORITHM_NAMES, ALGORITHMS } from '../../../src/ml/registry.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { MAX_MODEL_BYTES, MODEL_VERSION } from '../../../src/runtime/format/write-model-file.ts';
import { type LinearModel, MAX_CATEGORIES, type Model } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import { type InputRow, tableFromRows } from '../../../src/runtime/predict/rows-to-table.ts';
import { currentReading, type NumberFormat } from '../../../src/runtime/values/cells.ts';
import { MISSING_TOKENS } from '../../../src/runtime/values/missing-tokens.ts';
import type { Column } from '../../../src/tabular/types/column.ts';
import { MIXED_FEATURES, mixedTable, numbers, request, table, texts, train } from '../../ml/made-tables.ts';
import { type TableRow, tableRows, withTable } from '../../repo/markdown-table.ts';

const FORMAT = readFileSync('docs/model-format.md', 'utf8');

/** The model file that the document shows, without the white space that it adds. */
function exampleFile(): string {
  const block = /```json\n([\s\S]*?)```/.exec(FORMAT)?.[1];
  if (block === undefined) throw new Error('the document shows no model file');
  return JSON.stringify(JSON.parse(block));
}

/** The cells of a table of the document; code without its backticks. */
function cells(name: string): string[][] {
  return tableRows(FORMAT, name).map((row) => row.map((cell) => cell.replaceAll('`', '')));
}

function probabilityOfYes(model: Model, row: InputRow): number {
  const predictions = predictTable(model, tableFromRows(model, [row]));
  if (predictions.task !== 'CLASSIFICATION') throw new Error('a classifier was asked');
  return predictions.probabilities[predictions.labels.indexOf('yes')]!;
}

describe('the example of docs/model-format.md', () => {
  const model = parseModel(exampleFile());

  test('is the file that its 30 rows are trained to', () => {
    const flats = readFlats();
    const { trained } = train(request(flats, 'rented', 'CLASSIFICATION', 'LINEAR', ['area', 'district']));
    expect(trained.trainRows).toBe(24);
    const written = new TextDecoder().decode(trained.modelBytes);
    expect(withoutNumbers(written)).toBe(withoutNumbers(exampleFile()));
    // Another processor may write other last digits.
    expect(roundedNumbers(parseModel(written))).toEqual(roundedNumbers(model));
  });

  test('holds the numbers that the document says', () => {
    const { intercepts, terms } = linearPart(model);
    const arrays = [intercepts, ...terms.map((term) => term.weights)];
    const shown = arrays.map((array) => [...array].map((value) => value.toFixed(7)).join(', '));
    expect(cells('decoded').map((row) => row[1])).toEqual(shown);
  });

  test.each(cells('predictions'))('predicts %s', (row, margin, probability) => {
    const p = probabilityOfYes(model, JSON.parse(row) as InputRow);
    expect(p.toFixed(7)).toBe(probability);
    expect(Math.log(p / (1 - p)).toFixed(7)).toBe(margin);
  });

  test('the steps of the walk are those of the formulas', () => {
    const { intercepts, terms } = linearPart(model);
    const [area, district] = terms;
    if (area === undefined || district === undefined) throw new Error('the example has two features');
    const fromArea = (area.weights[0]! * (60 - area.mean)) / area.scale;
    const fromDistrict = district.weights[1]!;
    const margin = intercepts[0]! + fromArea + fromDistrict;
    const probability = 1 / (1 + Math.exp(-margin));
    const walk = FORMAT.slice(FORMAT.indexOf('Take the row'), FORMAT.indexOf('More rows'));
    for (const step of [area.mean, area.scale, fromArea, fromDistrict, margin, probability, 1 - probability]) {
      expect(walk).toContain(step.toFixed(7));
    }
    expect(probabilityOfYes(model, { area: 60, district: 'north' })).toBeCloseTo(probability, 14);
  });
});

/** Of a number everything that there may be. */
const NUMBER_FORMAT: NumberFormat = {
  decimal: ',',
  thousands: '.',
  grouping: 'INDIAN',
  prefix: 'about',
  suffix: 'kg',
  parentheses: true,
  duration: 'HOURS',
};

const FORMATS = {
  columns: [
    { name: 'x', numberFormat: NUMBER_FORMAT, dateOrder: null },
    { name: 'day', numberFormat: null, dateOrder: 'DMY' },
  ],
  reading: currentReading(['none']),
} as const;

describe('the fields of docs/model-format.md', () => {
  const mixed = mixedTable(200);
  const day: Column = {
    storage: 'number',
    name: 'day',
    kind: 'DATETIME',
    values: Float64Array.from({ length: 200 }, (_, i) => i * 86_400_000),
  };
  const data = { ...mixed, columns: [...mixed.columns, day] };
  const files = LEARNER_NAMES.flatMap((algorithm) =>
    (['yes', 'size', 'amount'] as const).map((target) => {
      const task = target === 'amount' ? 'REGRESSION' : 'CLASSIFICATION';
      const hasTrees = ['RANDOM_FOREST', 'EXTRA_TREES', 'GRADIENT_BOOSTING'].includes(algorithm);
      const parameters = hasTrees ? { trees: 2 } : { folds: 2 };
      const wanted = request(data, target, task, algorithm, [...MIXED_FEATURES, 'day'], parameters);
      const bytes = train({ ...wanted, formats: FORMATS }).trained.modelBytes;
      return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    }),
  );

  test('are those that are written, with their types', () => {
    // Of a column of more texts than codes can tell apart.
    const withMeans = JSON.parse(readFileSync('tests/golden/version-4/linear-numbers.model.json', 'utf8'));
    const withDays = JSON.parse(readFileSync('tests/golden/version-5/linear-numbers.model.json', 'utf8'));
    const withText = JSON.parse(readFileSync('tests/golden/version-5/text-linear-numbers.model.json', 'utf8'));
    const since = { since: { name: 'day', dateOrder: 'DMY' } };
    withDays.features = [{ ...withDays.features.at(-1), ...since }];
    const tops = new Map(
      [
        ...files,
        withMeans as Record<string, unknown>,
        withDays as Record<string, unknown>,
        withText as Record<string, unknown>,
      ].flatMap((file) => [...fieldsOf({ ...file, model: 'object' }, '')]),
    );
    expect(new Set(cells('file').map(([field]) => field))).toEqual(new Set(tops.keys()));
    const others = cells('file').filter(([field]) => field !== 'model');
    for (const [field, type] of others) expect(tops.get(field!)).toBe(type);
  });

  test('of BLEND too', () => {
    const { model } = JSON.parse(readFileSync('tests/golden/version-4/blend-two-labels.model.json', 'utf8'));
    const members = (model.members as readonly object[]).map((member) => ({ ...member, model: 'one of the others' }));
    const written = new Map([...fieldsOf({ ...model, members }, '')]);
    written.set('members[].model', 'object');
    expect(cells('BLEND').map(([field, type]) => [field, type])).toEqual([...written]);
  });

  test.each(['CONSTANT', 'LINEAR', 'TREES', 'FOREST'])('of %s too', (kind) => {
    // Of numbers whose logarithm it is that the weights sum to.
    const counts = JSON.parse(readFileSync('tests/golden/version-4/linear-counts.model.json', 'utf8'));
    // Tables of so few rows have no linear leaves unless they are asked for.
    const slopes = train(
      request(data, 'amount', 'REGRESSION', 'GRADIENT_BOOSTING', MIXED_FEATURES, { trees: 2, linearLeaves: true }),
    );
    const withSlopes = JSON.parse(new TextDecoder().decode(slopes.trained.modelBytes));
    const models = [counts as Record<string, unknown>, withSlopes as Record<string, unknown>, ...files]
      .map((file) => file['model'] as object)
      .filter((part) => 'kind' in part && part.kind === kind);
    const written = new Map(models.flatMap((part) => [...fieldsOf(part, '')]));
    expect(cells(kind).map(([field, type]) => [field, type])).toEqual([...written]);
  });
});

test('docs/model-format.md names the limits and the texts that are missing', () => {
  expect(FORMAT).toContain(`${MAX_MODEL_BYTES / 2 ** 20} MiB (${MAX_MODEL_BYTES.toLocaleString('en-US')} bytes)`);
  expect(FORMAT).toContain(`writes version ${MODEL_VERSION} and reads versions 1 to ${MODEL_VERSION}`);
  expect(tableRows(FORMAT, 'file').find(([field]) => field === '`features[].categories`')?.[2]).toContain(
    `at most ${MAX_CATEGORIES}`,
  );
  const tokens = MISSING_TOKENS.filter((token) => token !== '').map((token) => `\`${token}\``);
  expect(FORMAT.replace(/\s+/g, ' ')).toContain(`the empty text and ${tokens.join(', ')}.`);
});

test('docs/model-format.md has every reason why a model is not written in another form', () => {
  expect(cells('export').map(([code]) => code)).toEqual([...MODEL_EXPORT_ERROR_CODES]);
});

test('a reader ignores fields that it does not know', () => {
  const file = JSON.parse(exampleFile()) as Record<string, unknown>;
  expect(parseModel(JSON.stringify({ ...file, note: 'new' }))).toEqual(parseModel(exampleFile()));
});

describe('docs/algorithms.md', () => {
  const document = readFileSync('docs/algorithms.md', 'utf8');

  test('has a section for each algorithm', () => {
    const headings = [...document.matchAll(/^## ([A-Z_]+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual([...ALGORITHM_NAMES]);
  });

  const withParameters = ALGORITHMS.filter(({ parameters }) => parameters.length > 0);

  test.each(withParameters)('has the parameters of $name', ({ name, parameters }) => {
    const header = ['Parameter', 'Default', 'Must be', 'Meaning'];
    expect(withTable(document, `parameters ${name}`, header, parameters.map(parameterRow))).toBe(document);
  });

  test('has no parameters that the others do not take', () => {
    const tables = [...document.matchAll(/<!-- table: parameters (\w+) -->/g)].map((match) => match[1]);
    expect(tables).toEqual(withParameters.map(({ name }) => name));
  });

  test('names the default', () => {
    expect(document.replaceAll('\n', ' ')).toContain(
      `${ALGORITHMS.find((algorithm) => algorithm.isDefault)?.name} is the default`,
    );
  });
});

function parameterRow(spec: ParameterSpec): TableRow {
  const number = spec.kind === 'INT' ? 'a whole number' : 'a number';
  const numbers = `${number} from ${spec.min} to ${spec.max}`;
  const texts = spec.kind === 'BOOLEAN' ? ['true', 'false'] : spec.choices;
  const range = spec.kind === 'ENUM' || spec.kind === 'BOOLEAN' ? texts.join(' or ') : numbers;
  return [`\`${spec.name}\``, spec.default === null ? 'not set' : `${spec.default}`, range, spec.description];
}

/** The paths of an object's fields with their types, typed arrays as leaves: `terms[].weights` is float64. */
function* fieldsOf(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [path, 'text'];
  else if (typeof value === 'number') yield [path, 'number'];
  else if (value === true) yield [path, 'true'];
  else if (Array.isArray(value)) {
    if (value.every((item) => typeof item === 'string')) yield [path, 'list of texts'];
    else for (const item of value) yield* fieldsOf(item, `${path}[]`);
  } else if (typeof value === 'object' && value !== null) {
    if ('base64' in value && 'type' in value) yield [path, String(value.type)];
    else {
      for (const [name, field] of Object.entries(value)) yield* fieldsOf(field, path === '' ? name : `${path}.${name}`);
    }
  }
}

function linearPart(model: Model): LinearModel {
  if (model.estimator.kind !== 'LINEAR') throw new Error('the example is a linear model');
  return model.estimator;
}

/** A file's text with each number and array replaced by #. */
function withoutNumbers(file: string): string {
  return file.replace(/"base64":"[^"]*"|:-?[\d.e-]+/g, '#');
}

function roundedNumbers(model: Model): string[][] {
  const { intercepts, terms } = linearPart(model);
  const lists = [[...intercepts], ...terms.map((term) => [term.mean, term.scale, ...term.weights])];
  return lists.map((list) => list.map((value) => value.toFixed(9)));
}

/** Flats of 30 rows: area in square metres, district, and whether it was rented. Every fifth row is a test row. */
function readFlats() {
  const rows = `34 north yes|81 south no|47 north yes|66 south no|52 north yes|58 south yes|95 south no|41 harbour yes
    73 north no|38 south yes|- north no|88 south no|63 north no|45 south yes|70 north no|77 south yes|36 north yes
    99 harbour no|55 - yes|84 south no|49 south no|61 north yes|79 north no|43 south yes|68 south no|- south no
    57 north yes|90 south no|40 north yes|75 - no`
    .split(/[|\n]/)
    .map((row) => row.trim().split(' '));
  const column = (at: number): (string | null)[] => rows.map((row) => (row[at] === '-' ? null : row[at]!));
  return table(
    numbers(
      'area',
      column(0).map((area) => (area === null ? null : Number(area))),
    ),
    texts('district', column(1)),
    texts('rented', column(2)),
  );
}
