import { useCallback } from 'react';
import {
  type DatasetFieldsFragment,
  InspectDatasetDocument,
  type ReportFieldsFragment,
  UploadDatasetDocument,
  type UploadDatasetInput,
} from '../../operations/operations.ts';
import { useTrainyard } from '../provider.ts';
import { type FileRequestState, useFileRequest } from './use-file-request.ts';

type Outcome =
  /** The file was read, and nothing was stored, because that was not asked for. */
  | { readonly phase: 'INSPECTED'; readonly report: ReportFieldsFragment }
  /** The file cannot be stored; the report says why. */
  | { readonly phase: 'REFUSED'; readonly report: ReportFieldsFragment }
  | { readonly phase: 'DONE'; readonly dataset: DatasetFieldsFragment; readonly report: ReportFieldsFragment };

/** How an upload is. */
export type UploadState = FileRequestState | Outcome;

export interface Upload {
  readonly state: UploadState;
  /** Uploads a file. An upload that is in flight is aborted. */
  readonly upload: (file: File, input?: UploadDatasetInput) => Promise<UploadState>;
  /** Has the server read a file, and store nothing. */
  readonly inspect: (file: File, input?: UploadDatasetInput) => Promise<UploadState>;
  /** Ends what is in flight; nothing of the file is kept. */
  readonly abort: () => void;
}

/** Uploads CSV files, one at a time. */
export function useUpload(): Upload {
  const client = useTrainyard();
  const { state, start, abort } = useFileRequest<Outcome>();
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
