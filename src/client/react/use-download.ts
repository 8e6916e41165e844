import { useCallback } from 'react';
import type { TrainyardError } from '../core/errors.ts';
import { CreateDownloadDocument, type CreateDownloadMutation, type DownloadInput } from '../operations/operations.ts';
import { useTrainyard } from './provider.ts';
import { type Action, useAction } from './use-action.ts';

/** An address that is valid for minutes. */
export type Download = NonNullable<CreateDownloadMutation['createDownload']>;

export interface DownloadButton {
  /** Asks for the address of a file, and has the browser save it. */
  readonly download: Action<[input: DownloadInput], Download | null>['run'];
  readonly isStarting: boolean;
  readonly error: TrainyardError | null;
}

/** Downloads a dataset, a model or test predictions, when the user clicks. */
export function useDownload(): DownloadButton {
  const client = useTrainyard();
  const { run, isRunning, error } = useAction(
    useCallback(
      async (input: DownloadInput) => {
        const { createDownload } = await client.request(CreateDownloadDocument, { input });
        if (createDownload !== null) save(createDownload);
        return createDownload;
      },
      [client],
    ),
  );
  return { download: run, isStarting: isRunning, error };
}

/** The server sends the file as an attachment: the page stays. */
function save({ url, filename }: Download): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = filename;
  document.body.append(link);
  link.click();
  link.remove();
}
