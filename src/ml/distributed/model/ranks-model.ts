import { isCategory, type TreesModel } from '../../../runtime/model.ts';
import { binOf } from '../../../runtime/predict/encode-features.ts';
import { walkTrees } from '../../../runtime/predict/predict-trees.ts';
import { outputsFromSums } from '../../../runtime/predict/predictions.ts';
import { marginsWithoutWeights } from '../../class-weights.ts';
import type { Fitted } from '../../estimator.ts';
import { convertForeignModel } from '../../foreign/convert-foreign-model.ts';
import { readForeignModel } from '../../foreign/read-foreign-model.ts';
import { parseUbjson } from '../../foreign/xgboost/parse-ubjson.ts';
import { readGains } from '../../foreign/xgboost/read-gains.ts';
import type { TimedPoint } from '../../timed-curve.ts';
import { npyData } from '../npy.ts';
import { MISSING_CODE } from '../shard-manifest.ts';
import type { ShardPreparation } from '../shard-preparation.ts';
import { fittedWeightOfLabels, startMarginsOfLabels } from '../target/label-weighting.ts';
import type { FittedElsewhere } from './fitted-elsewhere.ts';
import { rankColumns } from './rank-columns.ts';

/** What the ranks of a training leave: the model of XGBoost, and its margins of some rows. */
export interface RanksModel {
  /** Universal Binary JSON. */
  readonly model: Uint8Array;
  /** `.npy`: float32, rows × margins. */
  readonly margins: Uint8Array;
  /** `.npy`: the codes of these rows, uint8, rows × features. */
  readonly codes: Uint8Array;
  readonly preparation: ShardPreparation;
  readonly curve: readonly TimedPoint[];
  readonly endReason: Fitted['endReason'];
}

/** As far as our predictions may be from XGBoost's, in proportion to those above 1. */
const TOLERANCE = 1e-6;

/** The rounding of a number of 32 bits, in which XGBoost adds the trees up. */
const ROUNDING = 2 ** -24;

/**
 * The model of the ranks as one of ours, after its predictions were compared with XGBoost's own. Throws where they differ.
 */
export function fittedByRanks(ranks: RanksModel, target: string): FittedElsewhere {
  const { preparation, curve, endReason } = ranks;
  const { task, labels, features } = preparation;
  const foreign = readForeignModel('XGBOOST_UBJ', ranks.model);
  const { model } = convertForeignModel(foreign, {
    ...{ task, target, labels: task === 'REGRESSION' ? null : labels, rounds: 'ALL', missingTokens: [] },
    columns: rankColumns(preparation),
  });
  if (model.estimator.kind !== 'TREES') {
    throw new Error(`XGBoost has made a model of the kind ${model.estimator.kind}.`);
  }
  const starts = startMarginsOfLabels(fittedWeightOfLabels(preparation));
  // The file of a model does not know where ranks were told to begin.
  const startMargins = starts === null ? model.estimator.startMargins : Float64Array.from(starts);
  const asFitted: TreesModel = { ...model.estimator, startMargins };
  requireEqual(asFitted, ranks);
  const factors = preparation.labelFactors && Float64Array.from(preparation.labelFactors);
  const fitted: Fitted = {
    estimator: inUnitsOfTable({ ...asFitted, startMargins: marginsWithoutWeights(startMargins, factors) }, preparation),
    featureWeights: readGains(parseUbjson(ranks.model), features.length),
    endReason,
    warnings: [],
  };
  return { features, fitted, curve };
}

/** Ranks fit numbers less a shift, by a scale. */
function inUnitsOfTable(model: TreesModel, { numbers }: ShardPreparation): TreesModel {
  if (numbers === null) return model;
  const { shift, scale } = numbers;
  return {
    ...model,
    startMargins: model.startMargins.map((margin) => margin * scale + shift),
    leafValues: model.leafValues.map((value) => value * scale),
  };
}

/** Throws where a prediction of the rows to check is not XGBoost's. */
function requireEqual(model: TreesModel, { codes, margins, preparation }: RanksModel): void {
  const { features, edges, orders, labels, task } = preparation;
  const cells = npyData(codes);
  const count = cells.length / features.length;
  const theirs = Float64Array.from(new Float32Array(new Uint8Array(npyData(margins)).buffer));
  const toBins = features.map((feature, f) => {
    const order = orders[f];
    const missing = isCategory(feature) ? (order?.length ?? 0) : model.edges[f]!.length + 1;
    return Uint8Array.from({ length: 256 }, (_, code) => {
      if (code === MISSING_CODE) return missing;
      // Any number of the bin.
      return order?.[code] ?? binOf(model.edges[f]!, edges[f]![code] ?? Number.MAX_VALUE);
    });
  });
  const writeBins = (rows: Int32Array, bins: Uint8Array) => {
    let at = 0;
    for (const row of rows) {
      for (const [f, bin] of toBins.entries()) bins[at++] = bin[cells[row * features.length + f]!]!;
    }
  };
  const reading = { features, reading: { version: 3, missingTokens: [] } } as const;
  const ours = walkTrees(
    model,
    reading,
    [],
    theirs.length / count,
    writeBins,
  )(Int32Array.from({ length: count }, (_, i) => i));
  const names = task === 'REGRESSION' ? null : labels;
  const [own, their] = [outputsFromSums(model, names, ours), outputsFromSums(model, names, theirs)];
  const tolerance = Math.max(TOLERANCE, model.roots.length * ROUNDING);
  const at = own.findIndex(
    (value, i) => !(Math.abs(value - their[i]!) <= tolerance * Math.max(1, Math.abs(their[i]!))),
  );
  if (at >= 0) throw new Error(`The converted model predicts ${own[at]} where XGBoost predicts ${their[at]}.`);
}
