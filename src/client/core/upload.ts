import { clientError } from './errors.ts';
import { authorizationOf, PREFLIGHT_HEADERS, parseAnswer } from './http.ts';
import type { Answer } from './operation.ts';

/** How far an upload is. */
export interface UploadProgress {
  /** Bytes of the request that have left; the file is nearly all of it. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  /** READING: everything has been sent, and the server reads the file. */
  readonly phase: 'SENDING' | 'READING';
}

export interface UploadRequest {
  readonly url: string;
  readonly query: string;
  readonly variables: object;
  readonly fileVariable: string;
  readonly file: Blob;
  readonly token: string | null;
  readonly onProgress: ((progress: UploadProgress) => void) | null;
  readonly signal: AbortSignal | null;
}

/** Sends an operation with a file. By XMLHttpRequest, because `fetch` does not tell how much it has sent. */
export function postForm(upload: UploadRequest): Promise<Answer<unknown>> {
  const { url, token, onProgress, signal } = upload;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal?.addEventListener('abort', abort);
    request.addEventListener('loadend', () => signal?.removeEventListener('abort', abort));
    request.addEventListener('abort', () => reject(signal?.reason));
    request.addEventListener('error', () => reject(clientError('NETWORK_ERROR', 'The upload was cut off.')));
    request.addEventListener('load', () => {
      try {
        resolve(parseAnswer(request.responseText, request.status));
      } catch (error) {
        reject(error);
      }
    });
    if (onProgress !== null) reportProgress(request, onProgress);
    request.open('POST', url);
    request.withCredentials = true;
    for (const [name, value] of Object.entries({ ...PREFLIGHT_HEADERS, ...authorizationOf(token) })) {
      request.setRequestHeader(name, value);
    }
    request.send(formOf(upload));
  });
}

function reportProgress(request: XMLHttpRequest, onProgress: (progress: UploadProgress) => void): void {
  const report = (phase: UploadProgress['phase']) => (event: ProgressEvent) =>
    onProgress({ sentBytes: event.loaded, totalBytes: event.total, phase });
  request.upload.addEventListener('progress', report('SENDING'));
  request.upload.addEventListener('load', report('READING'));
}

/** A GraphQL multipart request: https://github.com/jaydenseric/graphql-multipart-request-spec */
function formOf({ query, variables, fileVariable, file }: UploadRequest): FormData {
  const form = new FormData();
  form.append('operations', JSON.stringify({ query, variables: { ...variables, [fileVariable]: null } }));
  form.append('map', JSON.stringify({ 0: [`variables.${fileVariable}`] }));
  form.append('0', file);
  return form;
}
