import { createRandom } from '../random.ts';
import { isTestLabel, needsColumn, SplitError, type SplitRequest, splitColumnOf, wholePeriod } from '../split/split.ts';
import { drawGroups, isWithLatest } from '../split/split-by-column.ts';
import { planStrata } from '../split/strata.ts';
import { nthNumber } from './nth-number.ts';
import { sampleStreams } from './sample-stream.ts';
import type { TableStream } from './table-stream.ts';
import type { StreamedTarget } from './target/stream-target.ts';

/** Marks the test rows of a batch; to be asked for all batches in order. Only rows whose target is known count. */
export type TestMarker = (batch: number, target: Float64Array) => Uint8Array;

/** Groups are kept in memory, by their value. */
const MAX_GROUPS = 2_000_000;

/**
 * Divides the rows as splitRows does, the very same ones, without a list of them: what is drawn is drawn again while the rows are gone
 * through. Memory: by the labels, and for GROUP by the groups. Throws SplitError.
 */
export function streamTests(stream: TableStream, request: SplitRequest, target: StreamedTarget): TestMarker {
  const { strategy, testFraction, seed } = request;
  if (strategy !== 'COLUMN' && !(testFraction > 0 && testFraction < 1)) {
    throw new SplitError(`testFraction must be above 0 and below 1; got ${testFraction}`, 'a fifth is usual: 0.2');
  }
  const known = target.counts.reduce((sum, count) => sum + count, 0);
  const column = needsColumn(strategy) ? splitColumnOf(request, stream.columns) : -1;
  switch (strategy) {
    case 'RANDOM':
      return drawnTests(target, testFraction, seed);
    case 'LAST': {
      const first = known - Math.round(known * testFraction);
      return byPosition((position) => position >= first);
    }
    case 'INTERLEAVED': {
      const period = wholePeriod(testFraction);
      let before = 0;
      return (_batch, targets) => {
        const isTest = new Uint8Array(targets.length);
        for (let row = period - 1 - (before % period); row < targets.length; row += period) isTest[row] = 1;
        before += targets.length;
        return isTest;
      };
    }
    case 'COLUMN': {
      if (stream.columns[column]!.storage === 'number') return (_batch, targets) => new Uint8Array(targets.length);
      const readsTest = Uint8Array.from(stream.labels(column), (label) => Number(isTestLabel(label)));
      return (batch) => Uint8Array.from(stream.codes(column, batch), (code) => (code < 0 ? 0 : readsTest[code]!));
    }
    case 'GROUP':
      return testGroups(stream, column, target, request, known);
    case 'TIME':
      return latestTests(stream, column, target, testFraction);
  }
}

/** A marker by the position of a row among all rows whose target is known. */
function byPosition(isTestAt: (position: number) => boolean): TestMarker {
  let position = 0;
  return (_batch, targets) => Uint8Array.from(targets, (value) => Number(!Number.isNaN(value) && isTestAt(position++)));
}

function drawnTests({ task, counts }: StreamedTarget, fraction: number, seed: number): TestMarker {
  const { stratumOf, sizes, draws } = planStrata(counts, fraction);
  const samples = sampleStreams(sizes, draws, createRandom(seed));
  return (_batch, targets) =>
    Uint8Array.from(targets, (value) => {
      if (Number.isNaN(value)) return 0;
      return Number(samples[stratumOf[task === 'REGRESSION' ? 0 : value]!]!.next());
    });
}

/** Numbers groups in the order in which they appear; a row without a value is a group of its own. */
class GroupNumbers {
  readonly #ofCode: Int32Array | null;
  readonly #ofNumber = new Map<number, number>();
  #count = 0;

  /** `labelCount`: 0 for a column of numbers. */
  constructor(labelCount: number) {
    this.#ofCode = labelCount === 0 ? null : new Int32Array(labelCount).fill(-1);
  }

  get count(): number {
    return this.#count;
  }

  of(value: number): number {
    if (Number.isNaN(value) || (this.#ofCode !== null && value < 0)) return this.#count++;
    const known = this.#ofCode === null ? this.#ofNumber.get(value) : this.#ofCode[value];
    if (known !== undefined && known >= 0) return known;
    if (this.#ofCode === null) this.#ofNumber.set(value, this.#count);
    else this.#ofCode[value] = this.#count;
    return this.#count++;
  }
}

function testGroups(
  stream: TableStream,
  column: number,
  target: StreamedTarget,
  { column: name, testFraction, seed }: SplitRequest,
  known: number,
): TestMarker {
  const { storage, labelCount } = stream.columns[column]!;
  const read = (batch: number) => (storage === 'label' ? stream.codes(column, batch) : stream.numbers(column, batch));
  const numbering = new GroupNumbers(labelCount);
  const sizes: number[] = [];
  for (const batch of stream.batches.keys()) {
    const values = read(batch);
    target.read(batch).forEach((value, row) => {
      if (Number.isNaN(value)) return;
      const group = numbering.of(values[row]!);
      sizes[group] = (sizes[group] ?? 0) + 1;
    });
    if (numbering.count > MAX_GROUPS) throw tooManyGroups(name);
  }
  const isDrawn = drawGroups(sizes, Math.round(known * testFraction), createRandom(seed));
  if (sizes.length < 2) {
    throw new SplitError(
      `the column ${name} has one value in all rows with a target`,
      'name a column with several values, or choose another strategy',
    );
  }
  const again = new GroupNumbers(labelCount);
  return (batch, targets) => {
    const values = read(batch);
    return Uint8Array.from(targets, (value, row) => (Number.isNaN(value) ? 0 : isDrawn[again.of(values[row]!)]!));
  };
}

function tooManyGroups(name: string | null): SplitError {
  return new SplitError(
    `the column ${name} has more than ${MAX_GROUPS} groups, and for training on several hosts they are kept in memory`,
    'group by a column of fewer values, or split by TIME or RANDOM',
  );
}

function latestTests(stream: TableStream, column: number, target: StreamedTarget, fraction: number): TestMarker {
  const { name, storage } = stream.columns[column]!;
  if (storage === 'label') {
    throw new SplitError(
      `the column ${name} holds texts: TIME needs numbers or dates`,
      'name the column of numbers or dates by which rows are early or late',
    );
  }
  const timesOf = (batch: number, targets: Float64Array): Float64Array =>
    stream.numbers(column, batch).map((time, row) => {
      return Number.isFinite(time) && !Number.isNaN(targets[row]) ? time : Number.NaN;
    });
  const pass = function* (): Generator<Float64Array> {
    for (const batch of stream.batches.keys()) yield timesOf(batch, target.read(batch));
  };
  let rows = 0;
  for (const times of pass()) for (const time of times) if (!Number.isNaN(time)) rows++;
  const targetRows = Math.round(rows * fraction);
  if (rows === 0) return (_batch, targets) => new Uint8Array(targets.length);
  const at = nthNumber(pass, Math.min(rows - 1, rows - targetRows));
  let [from, after] = [0, 0];
  for (const times of pass()) {
    for (const time of times) {
      if (time < at) from++;
      if (time <= at) after++;
    }
  }
  const isTest = isWithLatest(rows, targetRows, from, after)
    ? (time: number) => time >= at
    : (time: number) => time > at;
  return (batch, targets) => Uint8Array.from(timesOf(batch, targets), (time) => Number(isTest(time)));
}
