// The rows of a forest's trees on their way from node to node.

/**
 * Reorders rows[start, end), i32, so that those whose bin is at most `cut`, or `extraLeftBin`, come first; both parts keep their
 * order. Returns where the others begin.
 *
 * @param bins one byte for each row
 * @param extraLeftBin -1 for none
 * @param spare as long as `rows`
 */
export function divideRows(
  rows: usize,
  start: i32,
  end: i32,
  bins: usize,
  cut: u32,
  extraLeftBin: u32,
  spare: usize,
): i32 {
  let left = rows + ((<usize>start) << 2);
  let right = spare;
  const last = rows + ((<usize>end) << 2);
  for (let at = left; at < last; at += 4) {
    const row = load<u32>(at);
    const bin = <u32>load<u8>(bins + <usize>row);
    const isLeft = <usize>(<i32>(bin <= cut) | <i32>(bin == extraLeftBin));
    // Both are written and one counts: no branch that the processor could guess wrongly.
    store<u32>(left, row);
    store<u32>(right, row);
    left += isLeft << 2;
    right += (1 - isLeft) << 2;
  }
  copyWords(left, last, spare);
  return <i32>((left - rows) >> 2);
}

/** The bytes of a node for findLeaves: six i32. */
const NODE_BYTES: usize = 24;
const ROWS_START: usize = 16;
const ROWS_END: usize = 20;

/**
 * Writes for each of `count` rows, i32, the number of its leaf in a tree, i32, to `leaves` at the row's own index; the rows
 * are reordered. The rows are divided node by node, as when a tree grows: those of a small node are still
 * in the processor's cache when its children are processed.
 *
 * @param nodes parents before children and a left child just after its parent: for each its feature, -1 for a leaf; its right
 *   child, or the number of the leaf; for a number its cut, for a category where its set begins; for a number the missing
 *   bin if that goes left, else -1, and -2 for a category; and room for two more
 * @param sets bits for the codes that go left
 * @param bins row after row
 * @param stride bytes from a row to the next
 * @param spare as long as `rows`
 */
export function findLeaves(
  nodes: usize,
  nodeCount: i32,
  sets: usize,
  bins: usize,
  stride: i32,
  rows: usize,
  count: i32,
  spare: usize,
  leaves: usize,
): void {
  store<u32>(nodes, rows, ROWS_START);
  store<u32>(nodes, rows + ((<usize>count) << 2), ROWS_END);
  const last = nodes + <usize>nodeCount * NODE_BYTES;
  for (let node = nodes; node < last; node += NODE_BYTES) {
    const start = <usize>load<u32>(node, ROWS_START);
    const end = <usize>load<u32>(node, ROWS_END);
    const feature = load<i32>(node);
    if (feature < 0) {
      const leaf = load<i32>(node, 4);
      for (let at = start; at < end; at += 4) store<i32>(leaves + ((<usize>load<u32>(at)) << 2), leaf);
      continue;
    }
    const right = nodes + <usize>load<u32>(node, 4) * NODE_BYTES;
    const rightStart = divideNode(node, start, end, sets, bins + <usize>feature, <usize>stride, spare);
    store<u32>(node, start, NODE_BYTES + ROWS_START);
    store<u32>(node, rightStart, NODE_BYTES + ROWS_END);
    store<u32>(right, rightStart, ROWS_START);
    store<u32>(right, end, ROWS_END);
  }
}

/** Puts the rows that go left before the others, and returns where those begin. */
function divideNode(
  node: usize,
  start: usize,
  end: usize,
  sets: usize,
  bins: usize,
  stride: usize,
  spare: usize,
): usize {
  const cut = load<u32>(node, 8);
  const missing = load<i32>(node, 12);
  const set = sets + ((<usize>cut) << 2);
  let left = start;
  let right = spare;
  for (let at = start; at < end; at += 4) {
    const row = load<u32>(at);
    const bin = <u32>load<u8>(bins + <usize>row * stride);
    let isLeft: usize;
    if (missing == -2) isLeft = <usize>((load<u32>(set + ((bin >>> 5) << 2)) >>> (bin & 31)) & 1);
    else isLeft = <usize>(<u32>(bin <= cut) | <u32>(bin == <u32>missing));
    store<u32>(left, row);
    store<u32>(right, row);
    left += isLeft << 2;
    right += (1 - isLeft) << 2;
  }
  copyWords(left, end, spare);
  return left;
}

/** Copies numbers of 32 bits to [to, end); most are so few that a call of memory.copy would take longer. */
function copyWords(to: usize, end: usize, from: usize): void {
  for (; to + 12 < end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += 4, from += 4) store<u32>(to, load<u32>(from));
}
