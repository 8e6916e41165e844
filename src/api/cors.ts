import type { IncomingMessage, ServerResponse } from 'node:http';

const PREFLIGHT_SECONDS = 600;

/** Which pages of other origins may call the API from a browser. */
export class Cors {
  readonly #origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** Adds the headers that let an allowed origin read the answer; for others none, so that the browser refuses. */
  apply(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !this.#origins.has(origin)) return;
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'x-request-id');
    if (request.method !== 'OPTIONS') return;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader(
      'access-control-allow-headers',
      'authorization, content-type, apollo-require-preflight, x-apollo-operation-name',
    );
    response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
  }

  /** True when a WebSocket may be opened: by no page at all, by one of the server's own, or of an allowed origin. */
  allowsUpgrade({ headers: { origin, host } }: IncomingMessage): boolean {
    return origin === undefined || this.#origins.has(origin) || URL.parse(origin)?.host === host;
  }
}
