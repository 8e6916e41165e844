// Scratch memory of the loops. Threads share the memory but have their own globals, so each is given the address of its
// own.

/** Bytes that a thread needs: 1,024 rows of two numbers of 64 bits. */
export const SCRATCH_BYTES: i32 = 16384;

export let scratch: usize = 0;

/** Sets the address of this thread's scratch memory. */
export function useScratch(address: usize): void {
  scratch = address;
}
