/**
 * A booster for experiments with the leaves of trees: plain arrays, one thread, numbers alone. It is no part of the product; it
 * exists so that a kind of leaf can be tried against the usual one with everything else the same.
 *
 * Trees grow best leaf first by histograms of at most 255 quantile bins; a tenth of the rows is set aside for early stopping.
 */

/** What a leaf adds to the margins. */
export type LeafKind =
  /** One number, and for K > 2 labels one tree for each in every round. */
  | 'SCALAR'
  /** One number for each label, and one tree in every round. */
  | 'VECTOR'
  /** As VECTOR, but splits are searched on one random mixture of all labels' derivatives, drawn anew for each tree. */
  | 'MIXTURE'
  /** As MIXTURE, but on one label's derivatives, drawn by the size of its gradients. */
  | 'DRAWN'
  /** A ridge regression on the numbers that the path to the leaf asks; one margin alone. */
  | 'LINEAR';

export interface SketchSettings {
  readonly leaves: LeafKind;
  readonly rounds: number;
  readonly learningRate: number;
  readonly maxLeaves: number;
  readonly minSamplesLeaf: number;
  readonly featureFraction: number;
  readonly rowFraction: number;
  readonly l2: number;
  readonly earlyStoppingRounds: number;
  /** The ridge of a linear leaf's slopes, on standardised numbers. */
  readonly slopeL2: number;
  readonly seed: number;
}

/** Rows by columns of numbers, a missing one is NaN, with the label's number or the value of each row. */
export interface SketchRows {
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
}

/** The number of labels, or 0 for a regression. */
export type Labels = number;

interface Node {
  readonly feature: number;
  /** Rows whose bin is at most this go left. */
  readonly bin: number;
  readonly left: number;
  readonly right: number;
  /** Of a leaf: for each margin, already times the learning rate. */
  readonly values: Float64Array | null;
  /** Of a linear leaf. */
  readonly slopes: { readonly features: readonly number[]; readonly weights: Float64Array } | null;
}

type Tree = Node[];

export interface SketchFit {
  /** Margins of rows: one for a regression or two labels, else one for each label, row after row. */
  margins(rows: SketchRows): Float64Array;
  readonly rounds: number;
}

const MAX_BINS = 255;
const VALIDATION_FRACTION = 0.1;

/** Mulberry32, as good as an experiment needs. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function edgesOf(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = [...new Set(sorted)];
  if (distinct.length <= MAX_BINS) return Float64Array.from(distinct.slice(1), (v, i) => (v + distinct[i]!) / 2);
  const cuts = Array.from(
    { length: MAX_BINS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / MAX_BINS)]!,
  );
  return Float64Array.from([...new Set(cuts)]);
}

/** A missing number is bin 0, the others follow from 1. */
function binsOf(values: Float64Array, edges: Float64Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    if (Number.isNaN(value)) return 0;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value >= edges[middle]!) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low + 1;
  });
}

/** Loss, gradients and hessians of one row's margins; `width` of them. */
function derivatives(
  labels: Labels,
  width: number,
  y: number,
  at: Float64Array,
  g: Float64Array,
  h: Float64Array,
): number {
  if (labels === 0) {
    g[0] = at[0]! - y;
    h[0] = 1;
    return g[0] ** 2 / 2;
  }
  if (width === 1) {
    const p = 1 / (1 + Math.exp(-at[0]!));
    g[0] = p - y;
    h[0] = Math.max(1e-16, p * (1 - p));
    return -Math.log(Math.max(1e-15, y === 1 ? p : 1 - p));
  }
  const top = at.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (let k = 0; k < width; k++) sum += Math.exp(at[k]! - top);
  for (let k = 0; k < width; k++) {
    const p = Math.exp(at[k]! - top) / sum;
    g[k] = p - (y === k ? 1 : 0);
    h[k] = Math.max(1e-16, p * (1 - p) * (width / (width - 1)));
  }
  return -Math.log(Math.max(1e-15, Math.exp(at[y]! - top) / sum));
}

interface Leaf {
  readonly node: number;
  readonly rows: Int32Array;
  readonly path: readonly number[];
  readonly best: { readonly gain: number; readonly feature: number; readonly bin: number } | null;
}

/** Fits on `train`; the same arguments give the same fit. */
export function fitSketch(train: SketchRows, labels: Labels, settings: SketchSettings): SketchFit {
  const random = randomOf(settings.seed + 1);
  const count = train.target.length;
  const width = labels > 2 ? labels : 1;
  const edges = train.columns.map(edgesOf);
  const bins = train.columns.map((column, f) => binsOf(column, edges[f]!));
  const scale = train.columns.map(standard);
  const validates = Uint8Array.from({ length: count }, () => Number(random() < VALIDATION_FRACTION));
  const fitted = Int32Array.from({ length: count }, (_, i) => i).filter((i) => validates[i] === 0);
  const start = startOf(train.target, fitted, labels, width);
  const margins = new Float64Array(count * width);
  for (let i = 0; i < count; i++) margins.set(start, i * width);
  const g = new Float64Array(count * width);
  const h = new Float64Array(count * width);
  const mixedG = new Float64Array(count);
  const mixedH = new Float64Array(count);
  const isMixed = settings.leaves === 'MIXTURE' || settings.leaves === 'DRAWN';
  const trees: { readonly tree: Tree; readonly from: number; readonly to: number }[] = [];
  let [bestLoss, bestTrees, bestRound, round] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (; round < settings.rounds && round - bestRound < settings.earlyStoppingRounds; round++) {
    let [loss, rows] = [0, 0];
    for (let i = 0; i < count; i++) {
      const [from, to] = [i * width, (i + 1) * width];
      const own = derivatives(
        labels,
        width,
        train.target[i]!,
        margins.subarray(from, to),
        g.subarray(from, to),
        h.subarray(from, to),
      );
      if (validates[i] === 1) {
        loss += own;
        rows += 1;
      }
    }
    if (loss / rows < bestLoss - 1e-9) [bestLoss, bestTrees, bestRound] = [loss / rows, trees.length, round];
    const sample = fitted.filter(() => random() < settings.rowFraction);
    const parts =
      settings.leaves !== 'SCALAR' && settings.leaves !== 'LINEAR'
        ? [[0, width]]
        : Array.from({ length: width }, (_, k) => [k, k + 1]);
    for (const [from, to] of parts) {
      const features = train.columns.map((_, f) => f).filter(() => random() < settings.featureFraction);
      if (isMixed) mix(sample);
      const tree = growTree(sample, features.length > 0 ? features : [0], from!, to!);
      trees.push({ tree, from: from!, to: to! });
      for (let i = 0; i < count; i++) addTree(tree, from!, to!, i, bins, train.columns, margins);
    }
  }
  trees.length = bestTrees;
  return {
    rounds: bestRound,
    margins(rows) {
      const theirs = rows.columns.map((column, f) => binsOf(column, edges[f]!));
      const out = new Float64Array(rows.target.length * width);
      for (let i = 0; i < rows.target.length; i++) {
        out.set(start, i * width);
        for (const { tree, from, to } of trees) addTree(tree, from, to, i, theirs, rows.columns, out);
      }
      return out;
    },
  };

  /** One gradient and hessian of each row, of which the splits of a tree are searched. */
  function mix(sample: Int32Array): void {
    const share = new Float64Array(width);
    if (settings.leaves === 'MIXTURE') {
      for (let k = 0; k < width; k++) share[k] = normal();
    } else {
      for (const i of sample) for (let k = 0; k < width; k++) share[k]! += Math.abs(g[i * width + k]!);
      let at = random() * share.reduce((a, b) => a + b, 0);
      const drawn = share.findIndex((size) => {
        at -= size;
        return at < 0;
      });
      share.fill(0)[Math.max(0, drawn)] = 1;
    }
    for (const i of sample) {
      [mixedG[i], mixedH[i]] = [0, 0];
      for (let k = 0; k < width; k++) {
        mixedG[i]! += share[k]! * g[i * width + k]!;
        mixedH[i]! += share[k]! ** 2 * h[i * width + k]!;
      }
    }
  }

  function normal(): number {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }

  function addTree(
    tree: Tree,
    from: number,
    to: number,
    row: number,
    theirs: readonly Uint16Array[],
    columns: readonly Float64Array[],
    out: Float64Array,
  ): void {
    let node = tree[0]!;
    while (node.values === null) node = tree[theirs[node.feature]![row]! <= node.bin ? node.left : node.right]!;
    for (let k = from; k < to; k++) out[row * width + k]! += node.values[k - from]!;
    if (node.slopes === null) return;
    let sum = 0;
    for (const [j, f] of node.slopes.features.entries()) sum += node.slopes.weights[j]! * scale[f]!(columns[f]![row]!);
    out[row * width + from]! += sum;
  }

  function growTree(sample: Int32Array, features: readonly number[], from: number, to: number): Tree {
    const tree: Tree = [];
    const open: Leaf[] = [{ node: 0, rows: sample, path: [], best: bestSplit(sample, features, from, to) }];
    tree.push(leafNode(open[0]!, from, to));
    while (open.length < settings.maxLeaves) {
      const at = open.reduce((best, { best: split }, i) => {
        return (split?.gain ?? 0) > (open[best]!.best?.gain ?? 0) ? i : best;
      }, 0);
      const { node, rows, path, best } = open[at]!;
      if (best === null) break;
      const column = bins[best.feature]!;
      const sides = [rows.filter((i) => column[i]! <= best.bin), rows.filter((i) => column[i]! > best.bin)];
      const made = sides.map((side, s): Leaf => {
        return {
          node: tree.length + s,
          rows: side,
          path: path.includes(best.feature) ? path : [...path, best.feature],
          best: bestSplit(side, features, from, to),
        };
      });
      tree[node] = { ...best, left: tree.length, right: tree.length + 1, values: null, slopes: null };
      tree.push(...made.map((leaf) => leafNode(leaf, from, to)));
      open.splice(at, 1, ...made);
    }
    return tree;
  }

  function bestSplit(rows: Int32Array, features: readonly number[], from: number, to: number): Leaf['best'] {
    if (rows.length < 2 * settings.minSamplesLeaf) return null;
    const part = isMixed ? 1 : to - from;
    const [ofG, ofH, step, first] = isMixed ? [mixedG, mixedH, 1, 0] : [g, h, width, from];
    const total = new Float64Array(2 * part);
    for (const i of rows) {
      for (let k = 0; k < part; k++) {
        total[2 * k]! += ofG[i * step + first + k]!;
        total[2 * k + 1]! += ofH[i * step + first + k]!;
      }
    }
    const score = (sums: Float64Array): number => {
      let sum = 0;
      for (let k = 0; k < part; k++) sum += sums[2 * k]! ** 2 / (sums[2 * k + 1]! + settings.l2);
      return sum;
    };
    const parent = score(total);
    let best: Leaf['best'] = null;
    const left = new Float64Array(2 * part);
    const right = new Float64Array(2 * part);
    for (const f of features) {
      const column = bins[f]!;
      const size = edges[f]!.length + 2;
      const histogram = new Float64Array(size * 2 * part);
      const counts = new Int32Array(size);
      for (const i of rows) {
        const bin = column[i]!;
        counts[bin]! += 1;
        for (let k = 0; k < part; k++) {
          histogram[(bin * part + k) * 2]! += ofG[i * step + first + k]!;
          histogram[(bin * part + k) * 2 + 1]! += ofH[i * step + first + k]!;
        }
      }
      left.fill(0);
      let before = 0;
      for (let bin = 0; bin < size - 1; bin++) {
        if (counts[bin] === 0) continue;
        before += counts[bin]!;
        for (let j = 0; j < 2 * part; j++) left[j]! += histogram[bin * 2 * part + j]!;
        if (before < settings.minSamplesLeaf || rows.length - before < settings.minSamplesLeaf) continue;
        for (let j = 0; j < 2 * part; j++) right[j] = total[j]! - left[j]!;
        const gain = score(left) + score(right) - parent;
        if (gain > 1e-9 && gain > (best?.gain ?? 0)) best = { gain, feature: f, bin };
      }
    }
    return best;
  }

  function leafNode({ rows, path }: Leaf, from: number, to: number): Node {
    const values = new Float64Array(to - from);
    for (let k = 0; k < to - from; k++) {
      let [sumG, sumH] = [0, 0];
      for (const i of rows) {
        sumG += g[i * width + from + k]!;
        sumH += h[i * width + from + k]!;
      }
      values[k] = (-settings.learningRate * sumG) / (sumH + settings.l2);
    }
    const slopes = settings.leaves === 'LINEAR' && path.length > 0 ? linearLeaf(rows, path, from, values) : null;
    return { feature: 0, bin: 0, left: 0, right: 0, values, slopes };
  }

  /** Newton's step of intercept and slopes: (Xᵀ H X + penalty) w = −Xᵀ g; sets the intercept in `values`. */
  function linearLeaf(
    rows: Int32Array,
    features: readonly number[],
    from: number,
    values: Float64Array,
  ): Node['slopes'] {
    const size = features.length + 1;
    const matrix = Array.from({ length: size }, () => new Float64Array(size + 1));
    const x = new Float64Array(size);
    for (const i of rows) {
      x[0] = 1;
      for (const [j, f] of features.entries()) x[j + 1] = scale[f]!(train.columns[f]![i]!);
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) matrix[a]![b]! += h[i * width + from]! * x[a]! * x[b]!;
        matrix[a]![size]! -= g[i * width + from]! * x[a]!;
      }
    }
    for (let a = 0; a < size; a++) matrix[a]![a]! += settings.l2 + (a > 0 ? settings.slopeL2 : 0);
    const weights = solve(matrix);
    values[0] = settings.learningRate * weights[0]!;
    return { features, weights: weights.slice(1).map((weight) => settings.learningRate * weight) };
  }
}

/** Standardises, cuts at three deviations, and takes the mean for a missing number. */
function standard(values: Float64Array): (value: number) => number {
  const known = values.filter((value) => !Number.isNaN(value));
  const mean = known.reduce((a, b) => a + b, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / known.length) || 1;
  return (value) => (Number.isNaN(value) ? 0 : Math.max(-3, Math.min(3, (value - mean) / deviation)));
}

function startOf(target: Float64Array, rows: Int32Array, labels: Labels, width: number): Float64Array {
  const share = (of: (y: number) => number): number => rows.reduce((sum, i) => sum + of(target[i]!), 0) / rows.length;
  if (labels === 0) return Float64Array.of(share((y) => y));
  if (width === 1) {
    const p = share((y) => y);
    return Float64Array.of(Math.log(p / (1 - p)));
  }
  return Float64Array.from({ length: width }, (_, k) =>
    Math.log(
      Math.max(
        1e-9,
        share((y) => Number(y === k)),
      ),
    ),
  );
}

/** Gauss-Jordan on a symmetric positive definite system with its right side as the last column. */
function solve(matrix: Float64Array[]): Float64Array {
  const size = matrix.length;
  for (let a = 0; a < size; a++) {
    const pivot = matrix[a]![a]!;
    for (let j = a; j <= size; j++) matrix[a]![j]! /= pivot;
    for (let b = 0; b < size; b++) {
      if (b === a) continue;
      const by = matrix[b]![a]!;
      for (let j = a; j <= size; j++) matrix[b]![j]! -= by * matrix[a]![j]!;
    }
  }
  return Float64Array.from(matrix, (row) => row[size]!);
}
