// Room for what a loop keeps for a moment. Threads share the memory and have globals of their own, so each is told where its
// own room is.

/** Bytes that a thread needs: 1,024 rows of two numbers of 64 bits. */
export const SCRATCH_BYTES: i32 = 16384;

export let scratch: usize = 0;

/** Tells this thread where its room is. */
export function useScratch(address: usize): void {
  scratch = address;
}
