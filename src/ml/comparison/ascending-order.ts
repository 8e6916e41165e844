/**
 * The numbers of the rows by rising probability, each 0 to 1. The bits of a float32 that is not negative rise with it: above
 * the row's number they make one whole number of 64 bits, and the sort of plain numbers is many times as quick as one that
 * looks the probabilities up.
 */
export function ascendingOrder(probabilities: Float32Array): Uint32Array {
  const { length } = probabilities;
  const bits = new Uint32Array(probabilities.buffer, probabilities.byteOffset, length);
  const keys = new BigUint64Array(length);
  // The lower half comes first on the machines that Node runs on.
  const halves = new Uint32Array(keys.buffer);
  for (let row = 0; row < length; row++) {
    halves[2 * row] = row;
    // Without the sign, which -0 has.
    halves[2 * row + 1] = bits[row]! & 0x7fff_ffff;
  }
  keys.sort();
  const order = new Uint32Array(length);
  for (let position = 0; position < length; position++) order[position] = halves[2 * position]!;
  return order;
}

/** The end of the run of equal probabilities that starts at position `from`. */
export function endOfTie(probabilities: Float32Array, order: Uint32Array, from: number): number {
  const value = probabilities[order[from]!]!;
  let to = from + 1;
  while (to < order.length && probabilities[order[to]!] === value) to++;
  return to;
}
