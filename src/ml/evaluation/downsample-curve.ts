import { int32ArrayFrom } from '../parallel/typed-arrays.ts';

/** Points nearer than this to one that is kept cannot be seen beside it: less than a pixel of a large chart. */
const NEAR = 1 / 2000;

/**
 * The numbers of at most `most` (2 or more) points of a curve in the unit square that keep its shape best, ascending, the
 * first and the last among them; all where there are no more.
 *
 * Of a run of points within NEAR of its first one only that one is considered, so that the rest costs the same for any
 * number of rows. Of these the ends are taken, then again and again the one that lies farthest from the line through
 * those taken so far (Douglas and Peucker, 1973, by number instead of by distance).
 */
export function downsampleCurve(x: Float64Array, y: Float64Array, maxPoints: number): Int32Array {
  if (x.length <= maxPoints) return int32ArrayFrom(x.length, (i) => i);
  const points = dropNearbyPoints(x, y);
  const taken = [0, points.length - 1];
  const segments = [farthest(points, x, y, 0, points.length - 1)];
  while (taken.length < maxPoints) {
    let widest = 0;
    for (let i = 1; i < segments.length; i++) if (segments[i]!.distance > segments[widest]!.distance) widest = i;
    const { from, to, index, distance } = segments[widest]!;
    if (distance === 0) break;
    taken.push(index);
    segments[widest] = farthest(points, x, y, from, index);
    segments.push(farthest(points, x, y, index, to));
  }
  return Int32Array.from(
    taken.sort((a, b) => a - b),
    (index) => points[index]!,
  );
}

function dropNearbyPoints(x: Float64Array, y: Float64Array): Int32Array {
  const kept = new Int32Array(x.length);
  const last = x.length - 1;
  let count = 1;
  let from = 0;
  for (let i = 1; i < last; i++) {
    if (Math.abs(x[i]! - x[from]!) < NEAR && Math.abs(y[i]! - y[from]!) < NEAR) continue;
    from = i;
    kept[count++] = i;
  }
  kept[count++] = last;
  return kept.subarray(0, count);
}

/** A segment between two chosen points, and the index of the point that lies farthest from it. */
interface Segment {
  readonly from: number;
  readonly to: number;
  readonly index: number;
  /** Squared; 0 where no point lies between, or all are on the line. */
  readonly distance: number;
}

function farthest(points: Int32Array, x: Float64Array, y: Float64Array, from: number, to: number): Segment {
  const x0 = x[points[from]!]!;
  const y0 = y[points[from]!]!;
  const dx = x[points[to]!]! - x0;
  const dy = y[points[to]!]! - y0;
  const squaredLength = dx * dx + dy * dy;
  let index = from;
  let distance = 0;
  for (let i = from + 1; i < to; i++) {
    const px = x[points[i]!]! - x0;
    const py = y[points[i]!]! - y0;
    // The nearest point of the line, as a share of its length, which no end exceeds.
    const share = squaredLength === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squaredLength));
    const squaredDistance = (px - share * dx) ** 2 + (py - share * dy) ** 2;
    if (squaredDistance > distance) {
      distance = squaredDistance;
      index = i;
    }
  }
  return { from, to, index, distance };
}
