import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { create as contentDisposition } from 'content-disposition';
import { parse as parseRanges } from 'range-parser';
import { TrainyardError } from '../../errors.ts';
import { BlobMissingError, type ByteRange } from '../../platform/blob-store/blob-store.ts';
import type { DownloadClaims, DownloadLinks, LinkHolders } from './download-links.ts';

export interface DownloadedFile {
  readonly filename: string;
  readonly contentType: string;
  /** Null, as the next one, for a file that is written while it is read; there are no ranges of it. */
  readonly sizeBytes: number | null;
  /** Of its bytes. */
  readonly sha256: string | null;
  /** Streams its bytes, or a range of them. */
  readonly open: (range?: ByteRange) => Promise<Readable>;
  /** The URL at which a browser can download it directly from the store; null if there is none. */
  readonly signedUrl: () => Promise<string | null>;
}

/** The code of range-parser for ranges that all begin behind the end. */
const RANGE_UNSATISFIABLE = 2;

/** Bytes of a file, both ends included. */
type FullRange = Required<ByteRange>;

/** Where the files of one kind are found; null for one that is gone. */
export interface FileSource {
  findFile(scope: { readonly workspaceId: string }, id: string): Promise<DownloadedFile | null>;
}

export type FileSources = Readonly<Record<DownloadClaims['kind'], FileSource>>;

/** Serves files at signed download links. */
export class Downloads {
  readonly #links: DownloadLinks;
  readonly #holders: LinkHolders;
  readonly #sources: FileSources;

  constructor(links: DownloadLinks, holders: LinkHolders, sources: FileSources) {
    this.#links = links;
    this.#holders = holders;
    this.#sources = sources;
  }

  /**
   * Handles GET and HEAD: a file, or a range of its bytes, so that an interrupted download can resume. Throws NOT_FOUND if
   * the link is invalid or expired, whoever asked for it is no longer a member, or the file is gone.
   */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const file = await this.#find(path);
    // A signed URL is for GET alone.
    const url = request.method === 'GET' ? await file.signedUrl().catch(throwGone) : null;
    if (url !== null) {
      response.writeHead(302, { location: url, 'cache-control': 'private, no-store' }).end();
      return;
    }
    const range = rangeOf(request, file);
    if (range === 'UNSATISFIABLE') {
      response.writeHead(416, { 'content-range': `bytes */${file.sizeBytes}` }).end();
      return;
    }
    const stream = await file.open(range ?? undefined).catch(throwGone);
    response.writeHead(range === null ? 200 : 206, headersOf(file, range));
    if (request.method === 'HEAD') {
      stream.destroy();
      response.end();
      return;
    }
    await pipeline(stream, response).catch((error: unknown) => {
      // A client that disconnects is not an error.
      if (!request.socket.destroyed) throw error;
    });
  }

  async #find(path: string): Promise<DownloadedFile> {
    const claims = await this.#links.read(path);
    if (claims === null || (await this.#holders.roleOf(claims)) === null) throw gone();
    const file = await this.#sources[claims.kind].findFile(claims, claims.id);
    if (file === null) throw gone();
    return file;
  }
}

/**
 * The requested range; null for the whole file, which is also returned, as RFC 9110 allows, for several ranges, for an
 * invalid range, and if the client began with another file (If-Range).
 */
function rangeOf(
  { method, headers }: IncomingMessage,
  { sizeBytes, sha256 }: DownloadedFile,
): FullRange | null | 'UNSATISFIABLE' {
  const condition = headers['if-range'];
  if (method !== 'GET' || headers.range === undefined || sizeBytes === null) return null;
  if (condition !== undefined && (sha256 === null || condition !== etagOf(sha256))) return null;
  const { code, type, ranges } = parseRanges(sizeBytes, headers.range);
  if (type !== 'bytes') return null;
  const [range, ...others] = ranges;
  if (range !== undefined && others.length === 0) return range;
  return range === undefined && code === RANGE_UNSATISFIABLE ? 'UNSATISFIABLE' : null;
}

function headersOf({ contentType, filename, sizeBytes, sha256 }: DownloadedFile, range: FullRange | null) {
  const headers: OutgoingHttpHeaders = {
    'content-type': contentType,
    'content-disposition': contentDisposition(filename),
    'accept-ranges': sizeBytes === null ? 'none' : 'bytes',
    'cache-control': 'private, no-store',
  };
  if (sizeBytes !== null) headers['content-length'] = range === null ? sizeBytes : range.end - range.start + 1;
  if (sha256 !== null) headers.etag = etagOf(sha256);
  return range === null ? headers : { ...headers, 'content-range': `bytes ${range.start}-${range.end}/${sizeBytes}` };
}

function etagOf(sha256: string): string {
  return `"${sha256}"`;
}

function throwGone(error: unknown): never {
  throw error instanceof BlobMissingError ? gone() : error;
}

function gone(): TrainyardError {
  return new TrainyardError('NOT_FOUND', 'This download link is invalid or has expired.', {
    hint: 'Request a new one: download links are valid for 5 minutes.',
  });
}
