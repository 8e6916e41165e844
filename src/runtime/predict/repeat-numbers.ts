/** The numbers so many times, one after the other. */
export function repeatNumbers(numbers: Float64Array, times: number): Float64Array {
  const repeated = new Float64Array(numbers.length * times);
  for (let i = 0; i < times; i++) repeated.set(numbers, i * numbers.length);
  return repeated;
}
