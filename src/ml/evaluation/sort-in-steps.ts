/** Numbers that are sorted in about 5 ms. */
const RUN = 65_536;

/** Sorts the numbers, ascending; the array that is returned may be another one. Yields after each 65,536 or some more. */
export function* sortInSteps(numbers: Float64Array<ArrayBuffer>): Generator<void, Float64Array<ArrayBuffer>> {
  for (let start = 0; start < numbers.length; start += RUN) {
    if (start > 0) yield;
    numbers.subarray(start, start + RUN).sort();
  }
  if (numbers.length <= RUN) return numbers;
  let sorted = numbers;
  let merged = new Float64Array(numbers.length);
  for (let width = RUN; width < numbers.length; width *= 2) {
    for (let start = 0; start < numbers.length; start += 2 * width) yield* merge(sorted, merged, start, width);
    [sorted, merged] = [merged, sorted];
  }
  return sorted;
}

/** Merges two sorted runs of `width` numbers, from `start` on; at the end of the array they may be shorter, or none. */
function* merge(from: Float64Array, to: Float64Array, start: number, width: number): Generator<void, void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let left = start;
  let right = middle;
  for (let at = start; at < end; ) {
    yield;
    for (const stop = Math.min(at + RUN, end); at < stop; at++) {
      to[at] = right >= end || (left < middle && from[left]! <= from[right]!) ? from[left++]! : from[right++]!;
    }
  }
}
