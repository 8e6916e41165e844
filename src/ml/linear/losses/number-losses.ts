import type { TrainingWasm } from '../../parallel/training-wasm.ts';
import type { SingleMarginLoss } from '../linear-loss.ts';

/** The numbers to predict, and how much each row counts; null: each 1. */
interface Targets {
  readonly values: Float64Array;
  readonly weights: Float64Array | null;
}

/** What a row's loss is at a margin, and its first two derivatives by it; all without the row's weight. */
type RowLoss = (margin: number, value: number) => void;

/**
 * Half the deviance of counts, y ln(y / e^m) - y + e^m, where 0 ln 0 is 0; dl/dm = e^m - y; d2l/dm2 = e^m. Beyond the range of a
 * double it is infinite, and a step that leads there is halved.
 */
export function poissonLoss(wasm: TrainingWasm, targets: Targets): SingleMarginLoss {
  const found = { loss: 0, slope: 0, curvature: 0 };
  return lossOfRows(wasm, targets, found, (margin, value) => {
    const rate = Math.exp(margin);
    found.loss = rate - value + (value > 0 ? value * (Math.log(value) - margin) : 0);
    found.slope = rate - value;
    found.curvature = rate;
  });
}

/**
 * The pinball loss of y - m, smoothed by the logistic distribution of scale h: q (y - m) + h ln(1 + e^(-(y - m) / h)), with q the
 * quantile; dl/dm = s - q and d2l/dm2 = s (1 - s) / h, where s = 1 / (1 + e^((y - m) / h)). Convex, and within h ln 2 of the
 * loss itself (Fernandes, Guerre and Horta, "Smoothing quantile regressions", 2021).
 */
export function smoothQuantileLoss(
  wasm: TrainingWasm,
  targets: Targets,
  { quantile, bandwidth }: { readonly quantile: number; readonly bandwidth: number },
): SingleMarginLoss {
  const found = { loss: 0, slope: 0, curvature: 0 };
  return lossOfRows(wasm, targets, found, (margin, value) => {
    const above = (value - margin) / bandwidth;
    const power = Math.exp(-Math.abs(above));
    const share = above > 0 ? power / (1 + power) : 1 / (1 + power);
    found.loss = bandwidth * (quantile * above + Math.max(0, -above) + Math.log1p(power));
    found.slope = share - quantile;
    found.curvature = power / (1 + power) ** 2 / bandwidth;
  });
}

/** `found`: where `lossOf` leaves what it finds, so that no row makes an object. */
function lossOfRows(
  wasm: TrainingWasm,
  { values, weights }: Targets,
  found: { readonly loss: number; readonly slope: number; readonly curvature: number },
  lossOf: RowLoss,
): SingleMarginLoss {
  const curvatures = wasm.doubles(values.length + 1);
  return {
    marginCount: 1,
    stride: 1,
    curvatures,
    differentiate: (address, start, count) => {
      const margins = wasm.doublesAt(address, count);
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const row = start + i;
        const weight = weights?.[row] ?? 1;
        lossOf(margins[i]!, values[row]!);
        sum += weight * found.loss;
        margins[i] = weight * found.slope;
        curvatures[row] = weight * found.curvature;
      }
      return sum;
    },
  };
}
