/**
 * What the C library's allocator is told. It raises by itself, up to 32 MB, the size from which memory is asked of the kernel
 * and given back to it; below that it keeps what was freed, for each thread apart. The arrays of trainings, and of large files while
 * they are read, are of such sizes: a process would keep hundreds of megabytes after them. Fixed at what it begins with, it gives
 * them back. Only glibc reads these; to others they say nothing.
 */
const ALLOCATOR_SETTINGS = {
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_ARENA_MAX: '2',
} as const;

/** An environment with these settings; what an operator has set stays. */
export function withAllocatorSettings(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...ALLOCATOR_SETTINGS, ...env };
}

/** Becomes a process with these settings, which the allocator reads as it starts: with the same id, arguments and channels. */
export function adoptAllocatorSettings(): void {
  const isKnown = Object.keys(ALLOCATOR_SETTINGS).every((name) => name in process.env);
  if (isKnown || process.platform !== 'linux' || process.execve === undefined) return;
  const env = Object.entries(withAllocatorSettings()).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const [, ...rest] = process.argv;
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...rest], Object.fromEntries(env));
}
