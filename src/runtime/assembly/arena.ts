// Room in memory: one piece after the other, given back all at once from some piece on.

/** Where the next piece begins. What lies below is the module's own. */
let top: usize = __heap_base;

const PAGE_BITS: usize = 16;

/** Room for so many bytes, at a multiple of 16; what it holds is undefined. Ends in an error where 32 bits do not reach. */
export function allocate(bytes: usize): usize {
  const address = (top + 15) & ~15;
  const end = address + bytes;
  if (end < address) unreachable();
  // In pages: all of 32 bits' bytes are one too many for 32 bits.
  const pages = (end >> PAGE_BITS) + ((end & 0xffff) != 0 ? 1 : 0);
  if (pages > <usize>memory.size()) {
    const missing = <i32>(pages - <usize>memory.size());
    // At least a quarter more, so that growing takes little time; or just the missing part.
    if (memory.grow(max(missing, memory.size() >> 2)) < 0 && memory.grow(missing) < 0) unreachable();
  }
  top = end;
  return address;
}

/** The same bytes with room for more: in place, where it is the last piece. */
export function enlarge(address: usize, bytes: usize, wanted: usize): usize {
  if (address + bytes == top) {
    top = address;
    return allocate(wanted);
  }
  const larger = allocate(wanted);
  memory.copy(larger, address, bytes);
  return larger;
}

/** Where the next piece would begin: for giving back all from there on. */
export function mark(): usize {
  return top;
}

/** Gives back all pieces from a mark on. */
export function resetTo(address: usize): void {
  top = address;
}
