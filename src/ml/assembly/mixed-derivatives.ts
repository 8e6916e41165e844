// Derivatives of the log-loss along a direction of the margins of several classes. Layouts as in derivatives.ts.

/** Rows whose mixtures are summed over the classes while they stay in the processor's cache. */
const MIXED_ROWS: i32 = 512;

/**
 * One gradient and one hessian for each row, of which the splits of a tree for all classes are searched: the derivatives of
 * the log-loss along a direction of the margins, that is sum share_k (p_k - [y = k]) and sum share_k^2 factor p_k (1 - p_k),
 * each times the weight. Parameters as those of logLossDerivatives; `shares` are f64, one for each class.
 */
export function mixedLogLossDerivatives(
  probabilities: usize,
  rowCount: i32,
  classCount: i32,
  shares: usize,
  codes: usize,
  weights: usize,
  start: i32,
  end: i32,
  factor: f64,
  gradients: usize,
  hessians: usize,
  largest: usize,
): void {
  let largestGradient: f64 = 0;
  let largestHessian: f64 = 0;
  for (let from = start; from < end; from += MIXED_ROWS) {
    const to = min(from + MIXED_ROWS, end);
    memory.fill(gradients + ((<usize>from) << 3), 0, (<usize>(to - from)) << 3);
    memory.fill(hessians + ((<usize>from) << 3), 0, (<usize>(to - from)) << 3);
    for (let k = 0; k < classCount; k++) {
      const column = probabilities + ((<usize>k * <usize>rowCount) << 3);
      addMixed(column, load<f64>(shares + ((<usize>k) << 3)), from, to, gradients, hessians);
    }
    for (let i = <usize>from; i < <usize>to; i++) {
      const at = i << 3;
      const weight = weights == 0 ? 1 : load<f64>(weights + at);
      const own = load<f64>(shares + ((<usize>load<i32>(codes + (i << 2))) << 3));
      const gradient = (load<f64>(gradients + at) - own) * weight;
      const hessian = load<f64>(hessians + at) * factor * weight;
      store<f64>(gradients + at, gradient);
      store<f64>(hessians + at, hessian);
      largestGradient = max(largestGradient, abs(gradient));
      largestHessian = max(largestHessian, hessian);
    }
  }
  store<f64>(largest, largestGradient);
  store<f64>(largest, largestHessian, 8);
}

/** Adds share * p to the gradients and share^2 * p (1 - p) to the hessians. */
function addMixed(column: usize, share: f64, start: i32, end: i32, gradients: usize, hessians: usize): void {
  const one = f64x2.splat(1);
  const shares = f64x2.splat(share);
  const squares = f64x2.splat(share * share);
  const last = (<usize>end) << 3;
  let at = (<usize>start) << 3;
  for (; at + 8 < last; at += 16) {
    const p = v128.load(column + at);
    v128.store(gradients + at, f64x2.add(v128.load(gradients + at), f64x2.mul(shares, p)));
    const curvature = f64x2.mul(squares, f64x2.mul(p, f64x2.sub(one, p)));
    v128.store(hessians + at, f64x2.add(v128.load(hessians + at), curvature));
  }
  if (at < last) {
    const p = load<f64>(column + at);
    store<f64>(gradients + at, load<f64>(gradients + at) + share * p);
    store<f64>(hessians + at, load<f64>(hessians + at) + share * share * (p * (1 - p)));
  }
}
