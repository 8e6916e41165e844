import { useCallback, useEffect, useRef, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../core/errors.ts';
import { untilReachable } from '../core/retry.ts';

/** What is being fetched. */
export interface Loaded<Data> {
  /** What was fetched last; stays while it is fetched again. */
  readonly data: Data | null;
  /** Why the last fetch failed. A server that is away is asked again until it answers. */
  readonly error: TrainyardError | null;
  readonly isLoading: boolean;
  /** Fetches it again. */
  readonly refetch: () => void;
}

interface State<Data> {
  readonly key: string;
  readonly data: Data | null;
  readonly error: TrainyardError | null;
  readonly isLoading: boolean;
}

/**
 * Fetches something: when the component appears, when `key` changes, and when it is asked to. `key` says what is fetched: of
 * two, only the later is shown. With null nothing is fetched. `setData` changes what was fetched, and what is being fetched too,
 * as soon as it is there: the change may be later than what the server then gives.
 */
export function useLoaded<Data>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<Data>,
): Loaded<Data> & { readonly setData: (change: (data: Data) => Data) => void } {
  const latestLoad = useRef(load);
  const inFlight = useRef<AbortController | null>(null);
  const meanwhile = useRef<((data: Data) => Data)[]>([]);
  const [state, setState] = useState<State<Data>>({ key: '', data: null, error: null, isLoading: key !== null });
  useEffect(() => {
    latestLoad.current = load;
  });
  const start = useCallback(() => {
    inFlight.current?.abort();
    inFlight.current = null;
    if (key === null) return;
    const aborter = new AbortController();
    inFlight.current = aborter;
    meanwhile.current = [];
    setState((before) => ({ key, data: before.key === key ? before.data : null, error: null, isLoading: true }));
    const { signal } = aborter;
    const showWhy = (error: TrainyardError) => {
      if (!signal.aborted) setState((before) => ({ ...before, error }));
    };
    untilReachable(() => latestLoad.current(signal), signal, showWhy).then(
      (fetched) => {
        if (signal.aborted) return;
        const data = meanwhile.current.reduce((before, change) => change(before), fetched);
        inFlight.current = null;
        setState({ key, data, error: null, isLoading: false });
      },
      (error: unknown) => {
        if (signal.aborted) return;
        inFlight.current = null;
        setState((before) => ({ ...before, error: toTrainyardError(error), isLoading: false }));
      },
    );
  }, [key]);
  useEffect(() => {
    start();
    return () => inFlight.current?.abort();
  }, [start]);
  const setData = useCallback((change: (data: Data) => Data) => {
    if (inFlight.current !== null) meanwhile.current.push(change);
    setState((before) => (before.data === null ? before : { ...before, data: change(before.data) }));
  }, []);
  const isCurrent = state.key === key;
  return {
    data: isCurrent ? state.data : null,
    error: isCurrent ? state.error : null,
    isLoading: key !== null && (state.isLoading || !isCurrent),
    refetch: start,
    setData,
  };
}
