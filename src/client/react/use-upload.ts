import { useCallback, useEffect, useRef, useState } from 'react';
import { type TrainyardError, toTrainyardError } from '../core/errors.ts';
import {
  type DatasetFieldsFragment,
  InspectDatasetDocument,
  type ReportFieldsFragment,
  UploadDatasetDocument,
  type UploadDatasetInput,
} from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';

/** How an upload is. */
export type UploadState =
  | { readonly phase: 'IDLE' }
  /** `progress`: 0 to 1, of the bytes that have left. */
  | { readonly phase: 'SENDING'; readonly progress: number }
  /** Everything has been sent, and the server reads the file. */
  | { readonly phase: 'READING' }
  /** The file was read, and nothing was stored, because that was not asked for. */
  | { readonly phase: 'INSPECTED'; readonly report: ReportFieldsFragment }
  /** The file cannot be stored; the report says why. */
  | { readonly phase: 'REFUSED'; readonly report: ReportFieldsFragment }
  | { readonly phase: 'DONE'; readonly dataset: DatasetFieldsFragment; readonly report: ReportFieldsFragment }
  /** The request failed. */
  | { readonly phase: 'FAILED'; readonly error: TrainyardError };

export interface Upload {
  readonly state: UploadState;
  /** Uploads a file. An upload that is in flight is aborted. */
  readonly upload: (file: File, input?: UploadDatasetInput) => Promise<UploadState>;
  /** Has the server read a file, and store nothing. */
  readonly inspect: (file: File, input?: UploadDatasetInput) => Promise<UploadState>;
  /** Ends what is in flight; nothing of the file is kept. */
  readonly abort: () => void;
}

const IDLE: UploadState = { phase: 'IDLE' };

/** Uploads CSV files, one at a time. */
export function useUpload(): Upload {
  const client = useTrainyard();
  const [state, setState] = useState<UploadState>(IDLE);
  const inFlight = useRef<AbortController | null>(null);
  const start = useCallback(
    async (file: File, work: (options: Parameters<typeof client.request>[2]) => Promise<UploadState>) => {
      inFlight.current?.abort();
      const aborter = new AbortController();
      inFlight.current = aborter;
      const show = (next: UploadState) => {
        if (!aborter.signal.aborted) setState(next);
        return next;
      };
      show({ phase: 'SENDING', progress: 0 });
      try {
        return show(
          await work({
            signal: aborter.signal,
            onProgress: ({ sentBytes, totalBytes, phase }) =>
              show(
                phase === 'READING' ? { phase } : { phase, progress: sentBytes / Math.max(totalBytes, file.size, 1) },
              ),
          }),
        );
      } catch (error) {
        return aborter.signal.aborted ? IDLE : show({ phase: 'FAILED', error: toTrainyardError(error) });
      }
    },
    [],
  );
  const abort = useCallback(() => {
    inFlight.current?.abort();
    setState(IDLE);
  }, []);
  useEffect(() => () => inFlight.current?.abort(), []);
  const upload = useCallback(
    (file: File, input: UploadDatasetInput = {}) =>
      start(file, async (options) => {
        const { uploadDataset } = await client.request(UploadDatasetDocument, { file, input }, options);
        if (uploadDataset === null) throw new TypeError('An upload without an error has a payload.');
        const { dataset, report } = uploadDataset;
        return dataset === null ? { phase: 'REFUSED', report } : { phase: 'DONE', dataset, report };
      }),
    [client, start],
  );
  const inspect = useCallback(
    (file: File, input: UploadDatasetInput = {}) =>
      start(file, async (options) => {
        const { inspectDataset } = await client.request(InspectDatasetDocument, { file, input }, options);
        if (inspectDataset === null) throw new TypeError('An inspection without an error has a report.');
        return { phase: inspectDataset.accepted ? 'INSPECTED' : 'REFUSED', report: inspectDataset };
      }),
    [client, start],
  );
  return { state, upload, inspect, abort };
}
