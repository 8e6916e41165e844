import { codeArray } from '../parallel/filled-array.ts';

/** Points nearer than this to one that is kept cannot be seen beside it: less than a pixel of a large chart. */
const NEAR = 1 / 2000;

/**
 * The numbers of at most `most` (2 or more) points of a curve in the unit square that keep its shape best, ascending, the
 * first and the last among them; all where there are no more.
 *
 * Of a run of points within NEAR of its first one only that one is looked at, so that the rest costs the same for any
 * number of rows. Of these the ends are taken, then again and again the one that lies farthest from the line through
 * those taken so far (Douglas and Peucker, 1973, by number instead of by distance).
 */
export function downsampleCurve(x: Float64Array, y: Float64Array, most: number): Int32Array {
  if (x.length <= most) return codeArray(x.length, (i) => i);
  const points = withoutNear(x, y);
  const taken = [0, points.length - 1];
  const pieces = [farthest(points, x, y, 0, points.length - 1)];
  while (taken.length < most) {
    let widest = 0;
    for (let i = 1; i < pieces.length; i++) if (pieces[i]!.distance > pieces[widest]!.distance) widest = i;
    const { from, to, place, distance } = pieces[widest]!;
    if (distance === 0) break;
    taken.push(place);
    pieces[widest] = farthest(points, x, y, from, place);
    pieces.push(farthest(points, x, y, place, to));
  }
  return Int32Array.from(
    taken.sort((a, b) => a - b),
    (place) => points[place]!,
  );
}

function withoutNear(x: Float64Array, y: Float64Array): Int32Array {
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

/** A piece between two taken places in the list of points, and the place that lies farthest from the line between them. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly place: number;
  /** Squared; 0 where no place is between, or all are on the line. */
  readonly distance: number;
}

function farthest(points: Int32Array, x: Float64Array, y: Float64Array, from: number, to: number): Piece {
  const x0 = x[points[from]!]!;
  const y0 = y[points[from]!]!;
  const dx = x[points[to]!]! - x0;
  const dy = y[points[to]!]! - y0;
  const squaredLength = dx * dx + dy * dy;
  let place = from;
  let distance = 0;
  for (let i = from + 1; i < to; i++) {
    const px = x[points[i]!]! - x0;
    const py = y[points[i]!]! - y0;
    // The nearest point of the line, as a share of its length, which no end exceeds.
    const share = squaredLength === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / squaredLength));
    const away = (px - share * dx) ** 2 + (py - share * dy) ** 2;
    if (away > distance) {
      distance = away;
      place = i;
    }
  }
  return { from, to, place, distance };
}
