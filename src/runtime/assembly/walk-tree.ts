// One tree of any depth, for up to 1024 rows at a time.

/** The rows that have not come to a leaf yet, u16. */
const ACTIVE = memory.data(2 * 1024, 16);

/**
 * Finds the vector of each row's leaf. All rows take a step before any takes the next one: the steps of different rows do not wait
 * for each other's memory, and none has to be guessed.
 *
 * @param root the address of a node, or a leaf. A node has four words: its feature, with 1 << 16 where that is a category; for a
 *   number 256 * r + cut, where bins go left whose distance from r, of one byte, is at most `cut`, for a category the address of
 *   the set of codes that go left; the left child; the right one. A leaf is 1 << 31 and the number of its vector.
 * @param bins a byte for each feature, row after row
 * @param vectors room for a word for each row
 */
export function walkTree(root: i32, bins: usize, featureCount: usize, rowCount: usize, vectors: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    store<i32>(vectors + (row << 2), root);
    store<u16>(ACTIVE + (row << 1), <u16>row);
  }
  let active: usize = root < 0 ? 0 : rowCount;
  while (active > 0) {
    let left: usize = 0;
    for (let i: usize = 0; i < active; i++) {
      const row = <usize>load<u16>(ACTIVE + (i << 1));
      const at = vectors + (row << 2);
      const node = <usize>load<u32>(at);
      const feature = load<u32>(node);
      const bin = <u32>load<u8>(bins + row * featureCount + <usize>(feature & 0xffff));
      const split = load<u32>(node, 4);
      let right: usize;
      if (feature >>> 16 == 0) right = <usize>(((bin - (split >> 8)) & 255) > (split & 255));
      else right = <usize>(~(load<u32>(<usize>split + ((bin >> 5) << 2)) >> (bin & 31)) & 1);
      const next = load<i32>(node + (right << 2), 8);
      store<i32>(at, next);
      store<u16>(ACTIVE + (left << 1), <u16>row);
      left += <usize>(next >= 0);
    }
    active = left;
  }
  const end = vectors + (rowCount << 2);
  for (let at = vectors; at < end; at += 4) store<u32>(at, load<u32>(at) & 0x7fffffff);
}
