import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { KeptPredictions } from '../../ml/comparison/kept-predictions.ts';
import { SECOND_LABEL } from '../../ml/evaluation/classifier-output.ts';
import type { ClassPredictions, NumberPredictions, TestPredictions } from '../../ml/evaluation/test-predictions.ts';
import { float64ArrayFrom, int32ArrayFrom } from '../../ml/parallel/typed-arrays.ts';
import { createRandom, sampleInOrder } from '../../ml/random.ts';
import { shuffleBytes, unshuffleBytes } from './byte-shuffle.ts';

/** Incremented with every change of the format: predictions of unknown versions are not read. */
const VERSION = 3;
/** The format before the numbers of the rows were kept. */
const VERSION_WITHOUT_ROWS = 2;
/** The format before the positive label could be chosen: it is always the second one. */
const VERSION_OF_SECOND = 1;

/**
 * With more test rows a sample is stored. A difference that a million rows do not show is irrelevant in practice, and
 * 1,000,000 rows take a few megabytes.
 */
const MAX_ROWS = 1_000_000;

/** Upper bound of the unpacked size: fewer than three 8-byte numbers per row, and as much again for labels. */
const MAX_UNPACKED_BYTES = 48 * MAX_ROWS;

/** Predictions as they are stored with the run. */
export interface PackedPredictions {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Equal for two runs if and only if they were tested on the same rows with the same true values. */
  readonly testRowsSha256: string;
}

/** The rows' numbers in the table; null for those of earlier versions, which did not keep them. */
interface NumberedRows {
  readonly rows: Int32Array | null;
}

/** Predictions as they are read again. */
export type StoredPredictions = KeptPredictions & NumberedRows;

/** Predictions of an unknown version, or corrupt ones. */
export class PredictionsFormatError extends Error {
  override readonly name = 'PredictionsFormatError';
}

/** The JSON header in front of the columns. */
interface Header {
  readonly task: TestPredictions['task'];
  readonly rowCount: number;
  /** Null for REGRESSION. */
  readonly labels: readonly string[] | null;
  /** Bytes per label code: 1, 2 or 4. */
  readonly codeBytes: number;
  readonly hasPositive: boolean;
  /** The label that the stored probability refers to; absent in version 1. */
  readonly positive?: number;
}

/**
 * Packs the predictions of a test: a version byte, then, compressed, a header and byte-shuffled columns. Of more than
 * 1,000,000 rows a uniform sample is stored, the same one for all runs with the same test rows, in row order.
 */
export function packPredictions(predictions: TestPredictions): PackedPredictions {
  const kept = sampleRows(predictions);
  const header: Header = {
    task: kept.task,
    rowCount: kept.actual.length,
    labels: kept.task === 'CLASSIFICATION' ? kept.labels : null,
    codeBytes: kept.task === 'CLASSIFICATION' ? bytesOfCodes(kept.labels.length) : 0,
    hasPositive: kept.task === 'CLASSIFICATION' && kept.positiveProbability !== null,
    positive: positiveOf(kept),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const columns = kept.task === 'CLASSIFICATION' ? classColumns(kept, header.codeBytes) : numberColumns(kept);
  columns.push(shuffleBytes(toSteps(kept.rows), 4));
  const packed = zstdCompressSync(Buffer.concat([length, text, ...columns]), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return {
    bytes: new Uint8Array(Buffer.concat([Buffer.of(VERSION), packed])),
    testRowsSha256: hashTestRows(predictions),
  };
}

/** Unpacks predictions. Throws PredictionsFormatError for unknown versions and corrupt bytes. */
export function unpackPredictions(bytes: Uint8Array): StoredPredictions {
  const version = bytes[0];
  if (![VERSION, VERSION_WITHOUT_ROWS, VERSION_OF_SECOND].some((known) => known === version)) {
    throw new PredictionsFormatError(`The predictions have version ${version ?? 'none'}, not ${VERSION}.`);
  }
  const { header, columns } = open(bytes.subarray(1));
  const { task, rowCount, labels, codeBytes, hasPositive, positive = SECOND_LABEL } = header;
  let at = 0;
  const next = (elementBytes: number): Uint8Array<ArrayBuffer> => {
    const from = at;
    at += rowCount * elementBytes;
    if (at > columns.length) throw new PredictionsFormatError('The predictions are truncated.');
    return unshuffleBytes(columns.subarray(from, at), elementBytes);
  };
  const nextRows = () => (version === VERSION ? fromSteps(new Int32Array(next(4).buffer)) : null);
  const finish = <Kept extends StoredPredictions>(kept: Kept): Kept => {
    if (at !== columns.length) throw new PredictionsFormatError('The predictions are longer than their header states.');
    return kept;
  };
  if (task === 'REGRESSION' || labels === null) {
    const [actual, predicted] = [toNumbers(next(8)), toNumbers(next(8))];
    return finish({ task: 'REGRESSION', actual, predicted, rows: nextRows() });
  }
  const [actual, predicted] = [toCodes(next(codeBytes), codeBytes), toCodes(next(codeBytes), codeBytes)];
  const isNoLabel = (code: number): boolean => code < 0 || code >= labels.length;
  if (actual.some(isNoLabel) || predicted.some(isNoLabel)) {
    throw new PredictionsFormatError('The predictions contain unknown labels.');
  }
  const trueProbability = new Float32Array(next(4).buffer);
  const positiveProbability = hasPositive
    ? fromCorrections(actual, trueProbability, new Int32Array(next(4).buffer), positive)
    : null;
  const rows = nextRows();
  return finish({ task, labels, actual, predicted, trueProbability, positive, positiveProbability, rows });
}

/** Hashes the test rows with their true values, independent of the predictions; over all rows, even if only a sample is stored. */
function hashTestRows(predictions: TestPredictions): string {
  const { task, rows, actual } = predictions;
  const hash = createHash('sha256').update(
    JSON.stringify([task, rows.length, task === 'CLASSIFICATION' ? predictions.labels : null]),
  );
  for (const { buffer, byteOffset, byteLength } of [rows, actual]) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** A sample of at most MAX_ROWS rows, which depends only on the number of rows. */
function sampleRows(predictions: TestPredictions): TestPredictions {
  const { length } = predictions.rows;
  if (length <= MAX_ROWS) return predictions;
  const positions = sampleInOrder(
    int32ArrayFrom(length, (i) => i),
    MAX_ROWS,
    createRandom(length),
  );
  const codes = (column: Int32Array) => int32ArrayFrom(MAX_ROWS, (i) => column[positions[i]!]!);
  const numbers = (column: Float64Array | Float32Array) => float64ArrayFrom(MAX_ROWS, (i) => column[positions[i]!]!);
  const rows = codes(predictions.rows);
  if (predictions.task === 'REGRESSION') {
    return { ...predictions, rows, actual: numbers(predictions.actual), predicted: numbers(predictions.predicted) };
  }
  const { actual, predicted, trueProbability, positiveProbability } = predictions;
  return {
    ...predictions,
    rows,
    actual: codes(actual),
    predicted: codes(predicted),
    trueProbability: new Float32Array(numbers(trueProbability)),
    positiveProbability: positiveProbability && new Float32Array(numbers(positiveProbability)),
  };
}

function numberColumns({ actual, predicted }: NumberPredictions): Uint8Array[] {
  return [shuffleBytes(actual, 8), shuffleBytes(predicted, 8)];
}

function classColumns(predictions: ClassPredictions, codeBytes: number): Uint8Array[] {
  const { actual, predicted, trueProbability, positiveProbability } = predictions;
  const columns = [
    shuffleBytes(narrow(actual, codeBytes), codeBytes),
    shuffleBytes(narrow(predicted, codeBytes), codeBytes),
    shuffleBytes(trueProbability, 4),
  ];
  if (positiveProbability !== null) {
    columns.push(shuffleBytes(toCorrections(actual, trueProbability, positiveProbability, positiveOf(predictions)), 4));
  }
  return columns;
}

/** Each row's distance from the one before: of ascending rows small numbers, which take little space. */
function toSteps(rows: Int32Array): Int32Array {
  return int32ArrayFrom(rows.length, (i) => rows[i]! - (i === 0 ? 0 : rows[i - 1]!));
}

function fromSteps(steps: Int32Array): Int32Array {
  let row = 0;
  return steps.map((step) => {
    row = (row + step) | 0;
    return row;
  });
}

function positiveOf(predictions: TestPredictions): number {
  return (predictions.task === 'CLASSIFICATION' ? predictions.positive : undefined) ?? SECOND_LABEL;
}

/**
 * The probability of the true label predicts that of the positive one: p or 1 - p. Only the difference is stored, in float32
 * steps (ULPs): 0 for rows of the positive label, and small for the others.
 */
function toCorrections(
  actual: Int32Array,
  trueProbability: Float32Array,
  positiveProbability: Float32Array,
  positive: number,
): Int32Array {
  const expected = expectedBits(actual, trueProbability, positive);
  const bits = bitsOf(positiveProbability);
  return int32ArrayFrom(actual.length, (i) => {
    const steps = (bits[i]! - expected[i]!) | 0;
    // Zigzag encoding: 0, -1, 1, -2 … become 0, 1, 2, 3 …
    return (steps << 1) ^ (steps >> 31);
  });
}

function fromCorrections(
  actual: Int32Array,
  trueProbability: Float32Array,
  corrections: Int32Array,
  positive: number,
): Float32Array {
  const expected = expectedBits(actual, trueProbability, positive);
  const bits = int32ArrayFrom(actual.length, (i) => expected[i]! + ((corrections[i]! >>> 1) ^ -(corrections[i]! & 1)));
  return new Float32Array(bits.buffer as ArrayBuffer);
}

function expectedBits(actual: Int32Array, trueProbability: Float32Array, positive: number): Int32Array {
  return bitsOf(trueProbability.map((p, i) => (actual[i] === positive ? p : 1 - p)));
}

function bitsOf({ buffer, byteOffset, length }: Float32Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length);
}

function bytesOfCodes(labelCount: number): number {
  if (labelCount <= 1 << 8) return 1;
  return labelCount <= 1 << 16 ? 2 : 4;
}

function narrow(codes: Int32Array, codeBytes: number): Uint8Array | Uint16Array | Int32Array {
  if (codeBytes === 1) return new Uint8Array(codes);
  return codeBytes === 2 ? new Uint16Array(codes) : codes;
}

function toCodes(bytes: Uint8Array<ArrayBuffer>, codeBytes: number): Int32Array {
  if (codeBytes === 1) return new Int32Array(bytes);
  return codeBytes === 2 ? new Int32Array(new Uint16Array(bytes.buffer)) : new Int32Array(bytes.buffer);
}

function toNumbers(bytes: Uint8Array<ArrayBuffer>): Float64Array {
  return new Float64Array(bytes.buffer);
}

function open(packed: Uint8Array): { readonly header: Header; readonly columns: Uint8Array } {
  try {
    const unpacked = zstdDecompressSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES });
    const columnsAt = 4 + unpacked.readUInt32LE(0);
    const header: unknown = JSON.parse(unpacked.toString('utf8', 4, columnsAt));
    if (isHeader(header)) return { header, columns: unpacked.subarray(columnsAt) };
  } catch (cause) {
    throw new PredictionsFormatError('The predictions cannot be read.', { cause });
  }
  throw new PredictionsFormatError('The predictions have an invalid header.');
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const {
    task,
    rowCount,
    labels,
    codeBytes,
    hasPositive,
    positive = SECOND_LABEL,
  } = value as Partial<Record<keyof Header, unknown>>;
  if (!Number.isSafeInteger(rowCount) || Number(rowCount) < 0 || Number(rowCount) > MAX_ROWS) return false;
  if (task === 'REGRESSION') return labels === null;
  const areLabels = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  return (
    task === 'CLASSIFICATION' &&
    areLabels &&
    codeBytes === bytesOfCodes(labels.length) &&
    typeof hasPositive === 'boolean' &&
    (positive === 0 || positive === SECOND_LABEL)
  );
}
