import { useCallback, useEffect, useRef, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../../core/errors.ts';
import type { RequestOptions } from '../../core/trainyard.ts';

/** How a request with a file is, until the server has answered. */
export type FileRequestState =
  | { readonly phase: 'IDLE' }
  /** `progress`: 0 to 1, of the bytes that have left. */
  | { readonly phase: 'SENDING'; readonly progress: number }
  /** Everything has been sent, and the server reads the file. */
  | { readonly phase: 'READING' }
  /** The request failed. */
  | { readonly phase: 'FAILED'; readonly error: TrainyardError };

/** Requests with a file, one at a time. `Outcome`: what the server can answer. */
export interface FileRequest<Outcome> {
  readonly state: FileRequestState | Outcome;
  /** Sends a file; a request that is in flight is aborted. */
  readonly start: (
    file: File,
    work: (options: RequestOptions) => Promise<Outcome>,
  ) => Promise<FileRequestState | Outcome>;
  /** Ends what is in flight; nothing of the file is kept. */
  readonly abort: () => void;
}

const IDLE: FileRequestState = { phase: 'IDLE' };

/** Sends files and tells how far they are. Ends with the component. */
export function useFileRequest<Outcome>(): FileRequest<Outcome> {
  const [state, setState] = useState<FileRequestState | Outcome>(IDLE);
  const inFlight = useRef<AbortController | null>(null);
  const start = useCallback<FileRequest<Outcome>['start']>(async (file, work) => {
    inFlight.current?.abort();
    const aborter = new AbortController();
    inFlight.current = aborter;
    const show = (next: FileRequestState | Outcome) => {
      if (!aborter.signal.aborted) setState(next);
      return next;
    };
    show({ phase: 'SENDING', progress: 0 });
    try {
      return show(
        await work({
          signal: aborter.signal,
          onProgress: ({ sentBytes, totalBytes, phase }) =>
            show(phase === 'READING' ? { phase } : { phase, progress: sentBytes / Math.max(totalBytes, file.size, 1) }),
        }),
      );
    } catch (error) {
      return aborter.signal.aborted ? IDLE : show({ phase: 'FAILED', error: toTrainyardError(error) });
    }
  }, []);
  const abort = useCallback(() => {
    inFlight.current?.abort();
    setState(IDLE);
  }, []);
  useEffect(() => () => inFlight.current?.abort(), []);
  return { state, start, abort };
}
