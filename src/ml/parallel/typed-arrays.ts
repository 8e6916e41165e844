/**
 * Arrays with one element for each row. TypedArray.from with a function does the same, at some ten times the cost: it goes
 * through the iterator protocol for each element.
 */

/** The numbers that `numberAt` gives for 0, 1, 2 … */
export function float64ArrayFrom(length: number, numberAt: (i: number) => number): Float64Array {
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = numberAt(i);
  return numbers;
}

/** The whole numbers (codes, row numbers) that `codeAt` gives for 0, 1, 2 … */
export function int32ArrayFrom(length: number, codeAt: (i: number) => number): Int32Array {
  const codes = new Int32Array(length);
  for (let i = 0; i < length; i++) codes[i] = codeAt(i);
  return codes;
}
