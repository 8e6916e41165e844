// Room for what a loop keeps for a moment. Threads share the memory and have globals of their own, so each is told where its
// own room is.

/** Bytes that a thread needs: 1,024 rows of two numbers of 64 bits. */
export const SCRATCH_BYTES: i32 = 16384;

export let scratch: usize = 0;

/** Sets the address of this thread's scratch memory. */
export function useScratch(address: usize): void {
  scratch = address;
}
