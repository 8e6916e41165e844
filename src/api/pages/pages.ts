import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isForgeable } from '../http/csrf.ts';
import { piecesOf } from '../http/send-response.ts';
import { encodingFor, type PageFile, readPageFiles } from './page-files.ts';

/** Where `npm run build` puts the console, whether this runs from src/ or from dist/. */
export const CONSOLE_FOLDER = join(import.meta.dirname, '../../../dist/console');

/** The page at the address of the API. */
const GRAPHIQL_PAGE = '/graphql.html';

/** The page at all other addresses, which shows what the rest of the address names. */
const CONSOLE_PAGE = '/index.html';

/** Files below it have a hash of their content in their names. */
const HASHED_PREFIX = '/assets/';

/** What a page may load: nothing of other sites, and no script that is not a file of ours. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GraphiQL's editor writes styles of its own, has its icons in a data URL, and works in threads. */
const GRAPHIQL_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
  .replace("font-src 'self'", "font-src 'self' data:")
  .concat("; worker-src 'self' blob:");

/** The pages for people: the console, and GraphiQL. */
export class Pages {
  readonly #files: ReadonlyMap<string, PageFile>;

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /** Null if nothing is built in the folder. */
  static async open(folder: string): Promise<Pages | null> {
    const files = await readPageFiles(folder);
    return files?.has(CONSOLE_PAGE) ? new Pages(files) : null;
  }

  /** A file that a page loads. False if there is none at the path. */
  async serveFile(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean> {
    if (extname(pathname) === '.html') return false;
    return await this.#serve(request, response, pathname, POLICY);
  }

  /** GraphiQL, at the address of the API. False for a request that is one to the API. */
  async serveGraphiQL(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (!acceptsPage(request) || !isForgeable(request)) return false;
    return await this.#serve(request, response, GRAPHIQL_PAGE, GRAPHIQL_POLICY);
  }

  /** The console, at any address that nothing else is at. False for a client that is no browser. */
  async serveConsole(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<boolean> {
    if (!acceptsPage(request) || extname(pathname) !== '') return false;
    return await this.#serve(request, response, CONSOLE_PAGE, POLICY);
  }

  async #serve(request: IncomingMessage, response: ServerResponse, path: string, policy: string): Promise<boolean> {
    const file = this.#files.get(path);
    if (file === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    response.setHeader('content-security-policy', policy);
    response.setHeader('cache-control', cachingOf(path));
    response.setHeader('etag', file.etag);
    response.appendHeader('vary', 'accept, accept-encoding');
    if (request.headers['if-none-match'] === file.etag) {
      response.writeHead(304).end();
      return true;
    }
    const encoding = encodingFor(file, String(request.headers['accept-encoding'] ?? ''));
    const bytes = encoding === null ? file.bytes : (file.compressed.get(encoding) ?? file.bytes);
    if (encoding !== null) response.setHeader('content-encoding', encoding);
    response.writeHead(200, { 'content-type': file.contentType, 'content-length': bytes.length });
    // A client that disconnects is seen by the log.
    await pipeline(piecesOf(request.method === 'HEAD' ? Buffer.alloc(0) : bytes), response).catch(() => undefined);
    return true;
  }
}

function cachingOf(path: string): string {
  return path.startsWith(HASHED_PREFIX) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** True for a browser that opens an address: it names HTML, which clients of the API do not. */
function acceptsPage({ method, headers }: IncomingMessage): boolean {
  return (method === 'GET' || method === 'HEAD') && /\btext\/html\b/i.test(headers.accept ?? '');
}
