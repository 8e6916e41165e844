import { MAX_CATEGORIES, type ModelFeature } from '../../runtime/model.ts';
import { constraintsOn, type Monotonicity } from '../monotone/constrain-features.ts';
import { checkFeatures } from '../preprocessing/check-features.ts';
import { type DatesOfFile, daysFeature, pairsOfDates } from '../preprocessing/date-features.ts';
import { type ColumnFormat, ignoredWarnings, listed, numberFeature, orderOf } from '../preprocessing/features.ts';
import { TrainingDataError } from '../training-data-error.ts';
import type { EdgePlacer } from './edge-sample.ts';
import type { ColumnRange } from './shard-preparation.ts';
import { countLabels, fitCodes, isOneLabel, type StreamedCodes, streamedCategories } from './stream-categories.ts';
import { fitStreamedMeans } from './stream-means.ts';
import {
  findDiffering,
  findRange,
  fitEdges,
  partsOfStream,
  plainNumbers,
  type ReadNumbers,
  type StreamedNumbers,
} from './stream-numbers.ts';
import type { TrainingRows } from './training-pass.ts';

/** A feature, and how its codes are made. */
export type StreamedFeature = StreamedNumbers | StreamedCodes;

export function isCodes(feature: StreamedFeature): feature is StreamedCodes {
  return 'order' in feature;
}

/** What was fitted to the training rows. */
export interface StreamedFeatures {
  readonly features: readonly StreamedFeature[];
  readonly directions: Int8Array | null;
  readonly ranges: readonly ColumnRange[];
  readonly warnings: readonly string[];
}

/** What is to be fitted. */
export interface FeatureRequest {
  /** Columns, in the order of the model. */
  readonly names: readonly string[];
  readonly target: string;
  readonly formats: readonly ColumnFormat[];
  readonly monotonicity: Monotonicity;
}

/**
 * Columns of more labels than this are left out: the labels are counted and read in memory. A column that is nearly an identifier tells
 * nothing anyway, as only texts of three rows and more are learned from.
 */
const MAX_LABELS = 1_000_000;

interface DatesOfStream extends Pick<DatesOfFile, 'order'> {
  readonly column: { readonly name: string; readonly index: number };
}

/**
 * Fits what prepareFeatures and binFeatures fit, in passes over single columns: the same features in the same order, and the same edges.
 * Free text is left out. Yields the columns that are done. Throws TrainingDataError.
 */
export function* fitStreamedFeatures(
  data: TrainingRows,
  request: FeatureRequest,
  placer: EdgePlacer,
): Generator<number, StreamedFeatures> {
  const { isKept, directionOf } = constraintsOn(data.labels.length, request.monotonicity);
  const fitter = new FeatureFitter(data, request.formats, placer, isKept);
  const features: StreamedFeature[] = [];
  let done = 0;
  for (const name of new Set(request.names)) {
    yield done++;
    const column = data.stream.columns.findIndex((found) => found.name === name);
    if (column === -1) throw new TrainingDataError('FEATURE_NOT_FOUND', `there is no column ${name}`, null);
    if (name === request.target) {
      throw new TrainingDataError('FEATURE_IS_TARGET', `the target ${name} cannot be a feature`, null);
    }
    features.push(...fitter.fit(column));
  }
  features.push(...fitter.fitDays());
  const made = features.map(({ feature }) => feature);
  checkFeatures(made, 'GRADIENT_BOOSTING');
  const isConstrained = request.monotonicity.constraints.length > 0;
  const directions = isConstrained ? Int8Array.from(made, directionOf) : null;
  return { features, ranges: fitter.ranges, directions, warnings: fitter.warnings };
}

/** Fits the features of one column after the other, and keeps what there is to tell of them. */
class FeatureFitter {
  readonly ranges: ColumnRange[] = [];
  readonly #data: TrainingRows;
  readonly #formats: ReadonlyMap<string, ColumnFormat>;
  readonly #placer: EdgePlacer;
  readonly #isKept: (feature: ModelFeature) => boolean;
  readonly #dates: DatesOfStream[] = [];
  readonly #constant: string[] = [];
  readonly #scattered: string[] = [];
  readonly #texts: string[] = [];
  readonly #wide: string[] = [];

  constructor(
    data: TrainingRows,
    formats: readonly ColumnFormat[],
    placer: EdgePlacer,
    isKept: (feature: ModelFeature) => boolean,
  ) {
    this.#data = data;
    this.#formats = new Map(formats.map((format) => [format.name, format]));
    this.#placer = placer;
    this.#isKept = isKept;
  }

  get warnings(): readonly string[] {
    const [texts, wide] = [this.#texts, this.#wide];
    return [
      ...ignoredWarnings(this.#constant, this.#scattered),
      ...(texts.length > 0 ? [`ignored, free text is not read in training on several hosts: ${listed(texts)}`] : []),
      ...(wide.length > 0 ? [`ignored, of more than ${MAX_LABELS} different texts: ${listed(wide)}`] : []),
    ];
  }

  fit(column: number): readonly StreamedFeature[] {
    // The column is one of the stream.
    const { name, kind, storage, labelCount } = this.#data.stream.columns[column]!;
    if (storage === 'number') return kind === 'DATETIME' ? this.#fitDates(column) : this.#fitNumbers(column);
    if (labelCount > MAX_LABELS) return ignore(this.#wide, name);
    const counts = countLabels(this.#data, column);
    if (isOneLabel(counts)) return ignore(this.#constant, name);
    if (kind === 'TEXT') return ignore(this.#texts, name);
    const categories = streamedCategories(this.#data, column, counts);
    if (categories.length === 0 && counts.missing === 0) return ignore(this.#scattered, name);
    if (categories.length <= MAX_CATEGORIES) return [fitCodes(this.#data, column, categories)];
    return fitEdges(this.#data, fitStreamedMeans(this.#data, column, categories), this.#placer);
  }

  /** The days between columns of dates, once all of these are known. */
  fitDays(): readonly StreamedNumbers[] {
    const pairs = pairsOfDates(this.#dates).map(([later, earlier]) => {
      const feature = daysFeature(later, earlier);
      return { feature, read: plainNumbers(feature, later.column.index, earlier.column.index) };
    });
    const readings = pairs.map(({ read }) => read);
    const differ = findDiffering(this.#data, readings);
    const kept = pairs.filter(({ feature }, at) => differ[at] === true && this.#isKept(feature));
    return fitEdges(this.#data, kept, this.#placer);
  }

  #fitNumbers(column: number): readonly StreamedNumbers[] {
    const { name } = this.#data.stream.columns[column]!;
    const feature = numberFeature(name, this.#formats.get(name));
    const read = plainNumbers(feature, column);
    const sample = this.#placer.begin();
    const range = findRange(this.#data, read, (_batch, numbers) => sample.add(numbers, numbers.length));
    if (range.isConstant) {
      this.#placer.undo(sample);
      return ignore(this.#constant, name);
    }
    this.ranges.push(range.range(name));
    return [{ feature, read, edges: this.#placer.edgesOf(sample) }];
  }

  #fitDates(column: number): readonly StreamedNumbers[] {
    const { name } = this.#data.stream.columns[column]!;
    const order = orderOf(this.#formats.get(name));
    const range = findRange(this.#data, readWhole(column));
    if (range.isConstant) return ignore(this.#constant, name);
    this.ranges.push(range.range(name));
    this.#dates.push({ column: { name, index: column }, order });
    const parts = partsOfStream(this.#data, column, order).filter(this.#isKept);
    const features = parts.map((feature) => ({ feature, read: plainNumbers(feature, column) }));
    return fitEdges(this.#data, features, this.#placer);
  }
}

function ignore(names: string[], name: string): readonly [] {
  names.push(name);
  return [];
}

/** The moments themselves. */
function readWhole(column: number): ReadNumbers {
  return (batch, numbers) => {
    const { values } = batch.numbers(column);
    batch.rows.forEach((row, i) => {
      const value = values[row]!;
      numbers[i] = Number.isFinite(value) ? value : Number.NaN;
    });
  };
}
