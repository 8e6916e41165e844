import { useCallback, useEffect, useLayoutEffect, useRef } from 'react';

/** The beginning of a list, as far as it has been read. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly hasMore: boolean;
  /** Where the next page begins. */
  readonly endCursor: string | null;
}

interface LoadMoreOptions<Item> {
  /** What the list is of; when that changes, what is being read for the one before counts no more. */
  readonly key: string;
  readonly page: Page<Item> | null;
  /** Whether the list is being read again, from its beginning. */
  readonly isLoading: boolean;
  readonly fetchNext: (after: string, signal: AbortSignal) => Promise<Page<Item>>;
  readonly setPage: (change: (page: Page<Item>) => Page<Item>) => void;
  /** Reads the list again, as long as it is wanted by then. */
  readonly refetch: () => void;
}

/**
 * Reads the next page of a list, and no other again: of a list of thousands each costs the same. If the list has changed
 * meanwhile, or the page cannot be read, all is read again.
 */
export function useLoadMore<Item>(options: LoadMoreOptions<Item>): () => void {
  const { key } = options;
  const latest = useRef(options);
  const inFlight = useRef<AbortController | null>(null);
  // At once, so that whoever sees a page and asks for more is given the one after it.
  useLayoutEffect(() => {
    latest.current = options;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when it ends.
  useEffect(
    () => () => {
      inFlight.current?.abort();
      inFlight.current = null;
    },
    [key],
  );
  return useCallback(() => {
    const { page, fetchNext, setPage } = latest.current;
    const after = page?.endCursor ?? null;
    if (page?.hasMore !== true || after === null || inFlight.current !== null) return;
    const aborter = new AbortController();
    inFlight.current = aborter;
    const end = (show: () => void) => {
      if (aborter.signal.aborted) return;
      inFlight.current = null;
      show();
    };
    fetchNext(after, aborter.signal).then(
      (next) =>
        end(() => {
          const { page: before, isLoading, refetch } = latest.current;
          if (isLoading || before?.endCursor !== after) refetch();
          else setPage((now) => (now.endCursor === after ? { ...next, items: [...now.items, ...next.items] } : now));
        }),
      () => end(() => latest.current.refetch()),
    );
  }, []);
}
