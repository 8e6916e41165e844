// Samples of rows.

/** Spreads whole numbers over all of 32 bits: the finalizer of MurmurHash3 (A. Appleby, public domain). */
function spread(key: u32): u32 {
  let hash = key;
  hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
  return hash ^ (hash >>> 16);
}

/**
 * Divides `count` rows, i32, by chance: those that are drawn come first in `rows`, then the others, each in their order.
 * Returns how many are drawn: each with a probability of limit / 2^32, by its number and `seed` alone.
 *
 * @param blockBits bits of a row's number that do not count: 2^blockBits neighbours are drawn together
 * @param spare room for as many rows
 */
export function sampleRows(
  from: usize,
  count: i32,
  seed: u32,
  limit: u32,
  blockBits: u32,
  rows: usize,
  spare: usize,
): i32 {
  let drawn = rows;
  let other = spare;
  const end = from + ((<usize>count) << 2);
  for (let at = from; at < end; at += 4) {
    const row = load<u32>(at);
    const isDrawn = <usize>(spread((row >>> blockBits) * 0x9e3779b1 + seed) < limit);
    // Both are written and one counts: no branch that the processor could guess wrongly.
    store<u32>(drawn, row);
    store<u32>(other, row);
    drawn += isDrawn << 2;
    other += (1 - isDrawn) << 2;
  }
  memory.copy(drawn, spare, other - spare);
  return <i32>((drawn - rows) >> 2);
}
