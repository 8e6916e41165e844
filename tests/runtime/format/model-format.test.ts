import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arrayFromLittleEndian,
  decodeBase64,
  encodeBase64,
  littleEndianBytes,
} from '../../../src/runtime/format/base64.ts';
import { parseModel } from '../../../src/runtime/format/model-file-schema.ts';
import { MAX_MODEL_BYTES, ModelFormatError, writeModel } from '../../../src/runtime/format/write-model-file.ts';
import { LEAF, type Model, type TreesModel } from '../../../src/runtime/model.ts';
import { predictTable } from '../../../src/runtime/predict/predict.ts';
import type { Predictions } from '../../../src/runtime/predict/predictions.ts';
import { currentReading } from '../../../src/runtime/values/cells.ts';
import { blendedModel } from '../../ml/blended-model.ts';

/** One tree: is x at most 1.5? then is kind "a" or missing? */
const TREES: Model = {
  task: 'CLASSIFICATION',
  algorithm: 'GRADIENT_BOOSTING',
  target: 'label',
  labels: ['no', 'yes'],
  features: [
    { name: 'x', kind: 'NUMBER' },
    { name: 'kind', kind: 'CATEGORY', categories: ['a', 'b'] },
  ],
  reading: currentReading(),
  estimator: {
    kind: 'TREES',
    combine: 'MARGINS',
    leafSize: 1,
    startMargins: Float64Array.of(0.5),
    edges: [Float64Array.of(1.5, 4), new Float64Array(0)],
    roots: Uint32Array.of(0),
    nodeFeatures: Uint16Array.of(0, 1, LEAF, LEAF, LEAF),
    nodeSplits: Uint32Array.of(1, 0, 0, 0, 0),
    nodeRights: Uint32Array.of(4, 3, 0, 1, 2),
    categorySets: Uint32Array.of(0b1001),
    leafValues: Float64Array.of(1, 2, 3),
  },
};

const LINEAR: Model = {
  ...TREES,
  algorithm: 'LINEAR',
  estimator: {
    kind: 'LINEAR',
    marginCount: 1,
    intercepts: Float64Array.of(1),
    terms: [
      { mean: 2, scale: 4, weights: Float64Array.of(3, -1) },
      { mean: 0, scale: 1, weights: Float64Array.of(10, 20, 30, 40) },
    ],
  },
};

const CONSTANT: Model = {
  ...TREES,
  algorithm: 'BASELINE',
  features: [{ name: 'x', kind: 'NUMBER', numberFormat: { decimal: ',', thousands: '.' } }],
  reading: currentReading(['none', '-9,5']),
  estimator: { kind: 'CONSTANT', outputs: Float64Array.of(0.25, 0.75) },
};

/** The tree of TREES and one that knows no question, with a background of a tenth. */
const FOREST: Model = {
  ...TREES,
  algorithm: 'RANDOM_FOREST',
  estimator: {
    kind: 'FOREST',
    prior: Float64Array.of(0.04, 0.06),
    edges: [Float64Array.of(1.5, 4), new Float64Array(0)],
    roots: Uint32Array.of(0, 5),
    nodeFeatures: Uint16Array.of(0, 1, LEAF, LEAF, LEAF, LEAF),
    nodeSplits: Uint32Array.of(1, 0, 0, 0, 0, 0),
    nodeRights: Uint32Array.of(4, 3, 0, 1, 2, 0),
    categorySets: Uint32Array.of(0b1001),
    leafEnds: Uint32Array.of(1, 3, 4),
    leafLabels: Uint16Array.of(0, 0, 1, 1),
    leafValues: Float64Array.of(1, 0.25, 0.75, 1),
  },
};

/** A month has a weight of its own, a year a slope. */
const DATES: Model = {
  ...TREES,
  features: [
    { name: 'x', kind: 'DATETIME', part: 'YEAR', dateOrder: 'DMY' },
    { name: 'x', kind: 'DATETIME', part: 'MONTH' },
  ],
  estimator: {
    kind: 'LINEAR',
    marginCount: 1,
    intercepts: Float64Array.of(1),
    terms: [
      { mean: 1970, scale: 2, weights: Float64Array.of(3, -1) },
      { mean: 0, scale: 1, weights: Float64Array.from({ length: 14 }, (_, month) => month / 10) },
    ],
  },
};

/** As TREES, of numbers: each leaf of the first question has a slope along x, from bin 0 over 1 to 2. */
const LINES: Model = {
  ...TREES,
  task: 'REGRESSION',
  labels: null,
  estimator: {
    ...TREES.estimator,
    combine: 'LINEAR_MARGINS',
    slopes: {
      ends: Uint32Array.of(0, 1, 2),
      features: Uint16Array.of(0, 0),
      bins: Uint32Array.of(0x02_01_00, 0x02_01_00),
      values: Float64Array.of(0.5, -0.25),
    },
  } as TreesModel,
};

const BLEND = blendedModel([TREES, LINEAR, FOREST], [0.5, 0.3, 0.2], 1.5);

/** With what the training rows had, some of it below the number of its place. */
const PROFILED: Model = {
  ...LINEAR,
  profile: [
    {
      ...{ name: 'x', kind: 'NUMERIC', rows: 10, missing: 1, hasMissing: true },
      range: { min: -5, median: 0.1, max: 2 },
      bounds: [-5, 0.1, 0.2, 2],
      counts: [1, 2, 3, 2, 1],
    },
    { name: 'kind', kind: 'CATEGORICAL', rows: 10, missing: 0, counts: [5, 4, 1] },
  ],
};

const MODELS = { TREES, LINES, LINEAR, CONSTANT, FOREST, DATES, BLEND, PROFILED };

const ROWS = {
  rowCount: 4,
  columns: [
    { storage: 'number', name: 'x', values: Float64Array.of(1.5, 1.6, Number.NaN, 0) },
    { storage: 'label', name: 'kind', codes: Int32Array.of(1, 0, -1, 0), labels: ['c', 'a'] },
  ],
} as const;

describe('a model file', () => {
  test.each(Object.entries(MODELS))('of %s is read back as it was written', (_, model) => {
    const bytes = writeModel(model);
    expect(parseModel(bytes)).toEqual(model);
    expect(parseModel(new TextDecoder().decode(bytes))).toEqual(model);
    expect(writeModel(parseModel(bytes))).toEqual(bytes);
  });

  test('predicts by hand: trees', () => {
    const predictions = predictTable(TREES, ROWS);
    if (predictions.task !== 'CLASSIFICATION') throw new Error('a classifier was asked');
    const margins = [0.5 + 1, 0.5 + 3, 0.5 + 1, 0.5 + 2];
    for (const [row, margin] of margins.entries()) {
      expect(predictions.probabilities[2 * row + 1]).toBeCloseTo(1 / (1 + Math.exp(-margin)), 14);
    }
    expect([...predictions.predicted]).toEqual([1, 1, 1, 1]);
  });

  test('predicts by hand: forest', () => {
    const predictions = predictTable(FOREST, ROWS);
    if (predictions.task !== 'CLASSIFICATION') throw new Error('a classifier was asked');
    const shares = [0, 1, 0, 0.75];
    for (const [row, share] of shares.entries()) {
      expect(predictions.probabilities[2 * row + 1]).toBeCloseTo(0.06 + (0.9 * share) / 2, 14);
      expect(predictions.probabilities[2 * row]).toBeCloseTo(0.04 + (0.9 * (2 - share)) / 2, 14);
    }
  });

  test('predicts by hand: dates', () => {
    const values = Float64Array.of(0, Date.UTC(1972, 11, 31), -1, Number.NaN);
    const predictions = predictTable(DATES, { rowCount: 4, columns: [{ storage: 'number', name: 'x', values }] });
    if (predictions.task !== 'CLASSIFICATION') throw new Error('a classifier was asked');
    const margins = [1, 1 + 3 + 1.1, 1 - 1.5 + 1.1, 1 - 1 + 1.3];
    for (const [row, margin] of margins.entries()) {
      expect(predictions.probabilities[2 * row]).toBeCloseTo(1 / (1 + Math.exp(margin)), 14);
    }
  });

  test('predicts by hand: linear', () => {
    const predictions = predictTable(LINEAR, ROWS);
    if (predictions.task !== 'CLASSIFICATION') throw new Error('a classifier was asked');
    const margins = [1 + (3 * -0.5) / 4 + 10, 1 + (3 * -0.4) / 4 + 30, 1 - 1 + 40, 1 + (3 * -2) / 4 + 30];
    for (const [row, margin] of margins.entries()) {
      expect(predictions.probabilities[2 * row]).toBeCloseTo(1 / (1 + Math.exp(margin)), 14);
    }
  });
});

test.each([
  ['array', { ...CONSTANT, estimator: { kind: 'CONSTANT', outputs: new Float64Array(MAX_MODEL_BYTES / 8) } }],
  ['text', { ...CONSTANT, reading: currentReading(['\u0001'.repeat(MAX_MODEL_BYTES / 6)]) }],
] satisfies [string, Model][])('a model with a huge %s is not written', (_, model) => {
  expect(() => writeModel(model)).toThrow(ModelFormatError);
});

/** The file with one value replaced: `path` leads to it. */
/** The model of a file; null where it is refused as one. */
function parsedOrRefused(bytes: Uint8Array): Model | null {
  try {
    return parseModel(bytes);
  } catch (error) {
    if (error instanceof ModelFormatError) return null;
    throw error;
  }
}

function outputsOf(predictions: Predictions): Float64Array {
  return predictions.task === 'CLASSIFICATION' ? predictions.probabilities : predictions.values;
}

function spoil(model: Model, path: readonly (string | number)[], value: unknown): string {
  const root = JSON.parse(new TextDecoder().decode(writeModel(model)));
  let holder = root;
  for (const key of path.slice(0, -1)) holder = holder[key];
  holder[path.at(-1)!] = value;
  return JSON.stringify(root);
}

function array(values: Float64Array | Uint32Array | Uint16Array): object {
  const type = values instanceof Float64Array ? 'float64' : values instanceof Uint32Array ? 'uint32' : 'uint16';
  return { type, base64: encodeBase64(littleEndianBytes(values)) };
}

describe('a damaged file is refused, and the message says where', () => {
  test.each([
    ['TREES', ['format'], 'other', 'format'],
    ['TREES', ['version'], 6, 'version 6'],
    ['TREES', ['version'], 0, 'version 0'],
    ['TREES', ['missingTokens'], undefined, 'missingTokens'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'grouping'], 'WESTERN', 'features[0].numberFormat.grouping'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'prefix'], 1, 'features[0].numberFormat.prefix'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'suffix'], null, 'features[0].numberFormat.suffix'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'parentheses'], false, 'features[0].numberFormat.parentheses'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'duration'], 'DAYS', 'features[0].numberFormat.duration'],
    ['TREES', ['task'], 'CLUSTERING', 'task'],
    ['TREES', ['labels'], ['only'], 'labels'],
    ['TREES', ['labels'], ['twice', 'twice'], 'labels'],
    ['TREES', ['features', 0, 'name'], 3, 'features[0].name'],
    ['TREES', ['features', 1, 'name'], 'x', 'features'],
    ['TREES', ['features', 1, 'kind'], 'WORDS', 'features[1].kind'],
    ['DATES', ['features', 0, 'part'], 'MINUTE', 'features[0].part'],
    ['DATES', ['features', 0, 'part'], 'MONTH', 'features'],
    ['DATES', ['features', 0], { name: 'x', kind: 'NUMBER' }, 'features'],
    ['DATES', ['features', 1], { name: 'x', kind: 'NUMBER' }, 'features'],
    ['DATES', ['model', 'terms', 1, 'weights'], array(Float64Array.of(1, 2)), 'model.terms[1].weights'],
    ['DATES', ['features', 0, 'dateOrder'], 'YDM', 'features[0].dateOrder'],
    ['CONSTANT', ['features', 0, 'numberFormat'], '1.5', 'features[0].numberFormat'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'decimal'], '5', 'features[0].numberFormat.decimal'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'thousands'], ',', 'features[0].numberFormat.thousands'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'thousands'], '0', 'features[0].numberFormat.thousands'],
    ['CONSTANT', ['features', 0, 'numberFormat', 'thousands'], null, 'features[0].numberFormat.thousands'],
    ['CONSTANT', ['missingTokens'], ['none', 'none'], 'missingTokens'],
    ['CONSTANT', ['missingTokens'], 'none', 'missingTokens'],
    ['TREES', ['features', 1, 'categories'], Array.from({ length: 255 }, (_, i) => `${i}`), 'features[1].categories'],
    ['TREES', ['model', 'kind'], 'NETWORK', 'model.kind'],
    ['TREES', ['model', 'leafSize'], 2, 'model.leafSize'],
    ['TREES', ['model', 'startMargins'], array(Float64Array.of(1, 2)), 'model.startMargins'],
    ['TREES', ['model', 'startMargins'], array(Float64Array.of(Number.NaN)), 'model.startMargins'],
    ['TREES', ['model', 'startMargins', 'base64'], 'AAAA', 'model.startMargins.base64'],
    ['TREES', ['model', 'startMargins', 'base64'], 'A*==', 'model.startMargins.base64'],
    ['TREES', ['model', 'startMargins', 'type'], 'uint32', 'model.startMargins.type'],
    ['TREES', ['model', 'edges'], [], 'model.edges'],
    ['TREES', ['model', 'edges', 0], array(Float64Array.of(2, 2)), 'model.edges[0]'],
    ['TREES', ['model', 'edges', 1], array(Float64Array.of(2)), 'model.edges[1]'],
    ['TREES', ['model', 'roots'], array(Uint32Array.of(1)), 'model.roots'],
    ['TREES', ['model', 'roots'], array(Uint32Array.of(0, 5)), 'model.roots'],
    ['TREES', ['model', 'roots'], array(new Uint32Array(0)), 'model.nodeFeatures'],
    ['TREES', ['model', 'nodeFeatures'], array(Uint16Array.of(0, 2, LEAF, LEAF, LEAF)), 'model.nodeFeatures[1]'],
    ['TREES', ['model', 'nodeRights'], array(Uint32Array.of(0, 3, 0, 1, 2)), 'model.nodeRights[0]'],
    ['TREES', ['model', 'nodeRights'], array(Uint32Array.of(1, 3, 0, 1, 2)), 'model.nodeRights[0]'],
    ['TREES', ['model', 'nodeRights'], array(Uint32Array.of(5, 3, 0, 1, 2)), 'model.nodeRights[0]'],
    ['TREES', ['model', 'nodeRights'], array(Uint32Array.of(4, 3, 0, 1, 3)), 'model.nodeRights[4]'],
    ['TREES', ['model', 'nodeRights'], array(Uint32Array.of(4, 3)), 'model.nodeRights'],
    ['TREES', ['model', 'nodeSplits'], array(Uint32Array.of(6, 0, 0, 0, 0)), 'model.nodeSplits[0]'],
    ['TREES', ['model', 'nodeSplits'], array(Uint32Array.of(1, 1, 0, 0, 0)), 'model.nodeSplits[1]'],
    ['TREES', ['model', 'combine'], 'LINEAR_MARGINS', 'model.combine'],
    ['LINES', ['model', 'slopeCounts'], undefined, 'model.slopeCounts'],
    ['LINES', ['model', 'slopeCounts'], array(Uint16Array.of(0, 2)), 'model.slopeCounts'],
    ['LINES', ['model', 'slopeCounts'], array(Uint16Array.of(0, 1, 2)), 'model.slopeFeatures'],
    ['LINES', ['model', 'slopeFeatures'], array(Uint16Array.of(0, 2)), 'model.slopeBins[1]'],
    ['LINES', ['model', 'slopeBins'], array(Uint32Array.of(0x02_01_00, 0x03_01_00)), 'model.slopeBins[1]'],
    ['LINES', ['model', 'slopeBins'], array(Uint32Array.of(0xff_ff_ff_ff, 0)), 'model.slopeBins[0]'],
    ['LINES', ['model', 'slopes'], array(Float64Array.of(0.5)), 'model.slopes'],
    ['LINES', ['model', 'slopes'], array(Float64Array.of(0.5, Number.NaN)), 'model.slopes'],
    ['LINES', ['model', 'slopes'], array(Float64Array.of(0.5, Number.POSITIVE_INFINITY)), 'model.slopes'],
    ['FOREST', ['model', 'background'], array(Float64Array.of(0.1)), 'model.background'],
    ['FOREST', ['model', 'background'], array(Float64Array.of(-0.1, 0.2)), 'model.background'],
    ['FOREST', ['model', 'background'], array(Float64Array.of(0.6, 0.6)), 'model.background'],
    ['FOREST', ['model', 'roots'], array(new Uint32Array(0)), 'model.roots'],
    ['FOREST', ['model', 'roots'], array(Uint32Array.of(0, 4)), 'model.nodeFeatures[0]'],
    ['FOREST', ['model', 'nodeFeatures'], array(Uint16Array.of(0, 1, LEAF, LEAF, LEAF, 0)), 'model.nodeFeatures[5]'],
    ['FOREST', ['model', 'nodeFeatures'], array(Uint16Array.of(0, 1, LEAF, LEAF, 0, LEAF)), 'model.nodeFeatures[4]'],
    ['FOREST', ['model', 'nodeFeatures'], array(Uint16Array.of(0, 2, LEAF, LEAF, LEAF, LEAF)), 'model.nodeFeatures[1]'],
    ['FOREST', ['model', 'nodeValues'], array(Uint32Array.of(1, 0, 0, 1, 3, 0)), 'model.nodeValues[4]'],
    ['FOREST', ['model', 'nodeValues'], array(Uint32Array.of(6, 0, 0, 1, 2, 0)), 'model.nodeValues[0]'],
    ['FOREST', ['model', 'nodeValues'], array(Uint32Array.of(1, 1, 0, 1, 2, 0)), 'model.nodeValues[1]'],
    ['FOREST', ['model', 'nodeValues'], array(Uint32Array.of(1, 0)), 'model.nodeValues'],
    ['FOREST', ['model', 'leafEnds'], array(Uint32Array.of(1, 1, 4)), 'model.leafEnds'],
    ['FOREST', ['model', 'leafEnds'], array(Uint32Array.of(1, 3, 5)), 'model.leafEnds'],
    ['FOREST', ['model', 'leafLabels'], array(Uint16Array.of(0, 0, 2, 1)), 'model.leafLabels[2]'],
    ['FOREST', ['model', 'leafLabels'], array(Uint16Array.of(0, 1, 1, 1)), 'model.leafLabels[2]'],
    ['FOREST', ['model', 'leafLabels'], array(Uint16Array.of(0)), 'model.leafLabels'],
    ['LINEAR', ['model', 'marginCount'], 2, 'model.marginCount'],
    ['LINEAR', ['model', 'terms'], [], 'model.terms'],
    ['LINEAR', ['model', 'terms', 0, 'scale'], 0, 'model.terms[0].scale'],
    ['LINEAR', ['model', 'terms', 0, 'mean'], null, 'model.terms[0].mean'],
    ['LINEAR', ['model', 'terms', 1, 'weights'], array(Float64Array.of(1)), 'model.terms[1].weights'],
    ['PROFILED', ['profile'], [], 'profile'],
    ['PROFILED', ['profile', 0, 'name'], 'y', 'profile[0].name'],
    ['PROFILED', ['profile', 0, 'kind'], 'CATEGORICAL', 'profile[0].kind'],
    ['PROFILED', ['profile', 0, 'missing'], 11, 'profile[0].missing'],
    ['PROFILED', ['profile', 0, 'bounds'], [1, 1, 2, 3], 'profile[0].bounds'],
    ['PROFILED', ['profile', 0, 'bounds', 1], '0.1', 'profile[0].bounds[1]'],
    ['PROFILED', ['profile', 0, 'range', 'max'], null, 'profile[0].range.max'],
    ['PROFILED', ['profile', 0, 'counts', 0], 0.5, 'profile[0].counts[0]'],
    ['PROFILED', ['profile', 1, 'counts'], [5, 4], 'profile[1].counts'],
    ['CONSTANT', ['model', 'outputs'], array(Float64Array.of(1)), 'model.outputs'],
    ['BLEND', ['model', 'temperature'], 0, 'model.temperature'],
    ['BLEND', ['model', 'temperature'], null, 'model.temperature'],
    ['BLEND', ['model', 'temperature'], 1e-3, 'model.temperature'],
    ['BLEND', ['model', 'temperature'], 101, 'model.temperature'],
    ['BLEND', ['model', 'members'], {}, 'model.members'],
    ['BLEND', ['model', 'members'], [], 'model.members'],
    ['BLEND', ['model', 'members', 1], null, 'model.members[1]'],
    ['BLEND', ['model', 'members', 1, 'weight'], 0.31, 'model.members'],
    ['BLEND', ['model', 'members', 1, 'weight'], -0.3, 'model.members[1].weight'],
    ['BLEND', ['model', 'members', 1, 'weight'], '0.3', 'model.members[1].weight'],
    ['BLEND', ['model', 'members', 1, 'model'], undefined, 'model.members[1].model'],
    ['BLEND', ['model', 'members', 1, 'model', 'kind'], 'BLEND', 'model.members[1].model.kind'],
    ['BLEND', ['model', 'members', 1, 'model', 'terms'], [], 'model.members[1].model.terms'],
    [
      'BLEND',
      ['model', 'members', 1, 'model', 'intercepts'],
      array(Float64Array.of(1, 2)),
      'model.members[1].model.intercepts',
    ],
    ['BLEND', ['model', 'members', 0, 'model', 'roots'], array(Uint32Array.of(1)), 'model.members[0].model.roots'],
    [
      'BLEND',
      ['model', 'members', 2, 'model', 'background'],
      array(Float64Array.of(0.6, 0.6)),
      'model.members[2].model.background',
    ],
  ] as const)('%s %j', (name, path, value, place) => {
    const attempt = (): unknown => parseModel(spoil(MODELS[name], path, value));
    expect(attempt).toThrow(ModelFormatError);
    expect(attempt).toThrow(place);
  });

  test('one that is too large, before all of it is in memory', () => {
    expect(() => parseModel(new Uint8Array(MAX_MODEL_BYTES + 1))).toThrow('at most 256 MB');
  });

  test('no JSON, no UTF-8, no object, cut short', () => {
    const bytes = writeModel(TREES);
    for (const file of ['', 'null', '[]', 'model', Uint8Array.of(0xff, 0xfe), bytes.slice(0, -1)]) {
      expect(() => parseModel(file)).toThrow(ModelFormatError);
    }
  });

  test('whatever bytes change, the file is refused or predicts finite numbers', () => {
    const bytes = writeModel(TREES);
    const change = fc.record({ at: fc.nat(bytes.length - 1), to: fc.integer({ min: 32, max: 126 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const { at, to } of changes) changed[at] = to;
        const model = parsedOrRefused(changed);
        const outputs = model === null ? new Float64Array(0) : outputsOf(predictTable(model, ROWS));
        expect(outputs.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a file has what its version has', () => {
  const golden = (path: string) => JSON.parse(readFileSync(`tests/golden/${path}.model.json`, 'utf8'));
  const readAs = (path: string, version: number) => parseModel(JSON.stringify({ ...golden(path), version }));

  test.each([1, 2, 3, 4])(
    'a file of version %i that has words or parts of dates of version 5 is refused',
    (version) => {
      expect(() => readAs('version-5/text-linear-numbers', version)).toThrow(
        'features[0].kind must be one of NUMBER, DATETIME, CATEGORY',
      );
      expect(() => readAs('version-5/linear-numbers', version)).toThrow(
        /features\[\d+\]\.part must be one of ORDINAL, YEAR, MONTH, WEEKDAY, HOUR/,
      );
      expect(readAs('version-5/text-linear-numbers', 5).features[0]).toMatchObject({ kind: 'TEXT' });
    },
  );

  test('means and a logarithm of weights are unknown fields before version 4', () => {
    const fields = {
      format: 'trainyard-model',
      task: 'REGRESSION',
      algorithm: 'LINEAR',
      target: 'y',
      missingTokens: [''],
    };
    const read = (version: number, feature: object, model: object) =>
      parseModel(JSON.stringify({ ...fields, version, features: [feature], model }));
    const number = { name: 'x', kind: 'NUMBER' };
    const term = { mean: 0, scale: 1, weights: array(Float64Array.of(1, 0)) };
    const linear = { ...{ kind: 'LINEAR', combine: 'EXP_MARGINS', marginCount: 1 }, terms: [term] };
    const counts = { ...linear, intercepts: array(Float64Array.of(0)) };
    expect(read(4, number, counts).estimator).toMatchObject({ combine: 'EXP_MARGINS' });
    expect(read(3, number, counts).estimator).not.toHaveProperty('combine');
    const blend = { kind: 'BLEND', temperature: 1, members: [{ weight: 1, model: counts }] };
    expect(read(4, number, blend).estimator).toMatchObject({ members: [{ model: { combine: 'EXP_MARGINS' } }] });
    expect(read(3, number, blend).estimator).not.toHaveProperty('members.0.model.combine');

    const constant = { kind: 'CONSTANT', outputs: array(Float64Array.of(1)) };
    const texts = { name: 'x', kind: 'CATEGORY', categories: ['c'], means: array(Float64Array.of(1, 2)) };
    expect(read(4, texts, constant).features[0]).toHaveProperty('means');
    expect(read(3, texts, constant).features[0]).not.toHaveProperty('means');
    // More texts than codes can tell apart need their means.
    expect(() => readAs('version-4/linear-numbers', 3)).toThrow('categories must be at most 254 texts');
  });

  test('texts are read alike since version 3', () => {
    expect(readAs('version-4/linear-counts', 4).reading.version).toBe(3);
    expect(readAs('version-5/linear-numbers', 5).reading.version).toBe(3);
    expect(readAs('version-3/linear-numbers', 2).reading.version).toBe(2);
  });
});

describe('base64', () => {
  test('is that of Node, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  test('doubles keep every bit', () => {
    fc.assert(
      fc.property(fc.float64Array(), (values) => {
        expect(arrayFromLittleEndian('float64', Uint8Array.from(littleEndianBytes(values)))).toEqual(
          Float64Array.from(values),
        );
      }),
    );
  });

  test('refuses what is none', () => {
    for (const text of ['A', 'AAA', '=AAA', 'AA=A', 'AAA\n', 'ÄAAA', '====']) expect(decodeBase64(text)).toBeNull();
    expect(arrayFromLittleEndian('uint32', Uint8Array.of(1, 2, 3))).toBeNull();
  });
});
