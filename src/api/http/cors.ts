import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

const PREFLIGHT_SECONDS = 600;

/** A list of header names, as sent by browsers. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/;
const MAX_HEADER_NAMES_LENGTH = 4_000;

/** Always allowed. */
const USUAL_HEADERS = 'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, x-request-id';

/** What a page may read beside the few headers that it always may: of downloads and uploads, and of refused requests. */
const EXPOSED_HEADERS = 'accept-ranges, content-disposition, content-range, ETag, retry-after, x-request-id';

/** Cross-origin access from browsers. */
export class Cors {
  readonly #origins: ReadonlySet<string>;
  readonly #publicUrl: URL | null;

  /** `publicUrl`: PUBLIC_URL, or null. */
  constructor(origins: readonly string[], publicUrl: string | null) {
    this.#origins = new Set(origins);
    this.#publicUrl = publicUrl === null ? null : new URL(publicUrl);
  }

  /**
   * Adds the CORS headers for listed origins; for others none, so that the browser blocks the response. False if the origin is
   * neither listed nor the server's own.
   */
  apply(request: IncomingMessage, response: ServerResponse): boolean {
    response.setHeader('vary', 'origin, access-control-request-headers');
    const { origin } = request.headers;
    if (origin === undefined || !this.#origins.has(origin)) return this.allowsUpgrade(request);
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
    if (request.method === 'OPTIONS') answerPreflight(request, response);
    return true;
  }

  /** True if a WebSocket may be opened: without an origin, from the server's own origin, or from an allowed one. */
  allowsUpgrade({ headers }: IncomingMessage): boolean {
    const { origin } = headers;
    return origin === undefined || this.#origins.has(origin) || this.#isOwn(origin, headers);
  }

  /**
   * A page loaded over http does not belong to a server that clients reach over https: anybody on the network could have
   * written it. The scheme is known from PUBLIC_URL, or from a proxy's header, which is trusted here from anybody, because
   * pages cannot set it. If neither is known, a proxy may terminate TLS unnoticed: then both schemes are accepted.
   */
  #isOwn(origin: string, headers: IncomingHttpHeaders): boolean {
    if (this.#publicUrl !== null && URL.parse(origin)?.host === this.#publicUrl.host) {
      return origin === this.#publicUrl.origin;
    }
    const forwarded = String(headers['x-forwarded-proto'] ?? '')
      .split(',')
      .at(-1)
      ?.trim()
      .toLowerCase();
    const schemes = forwarded === 'http' || forwarded === 'https' ? [forwarded] : ['http', 'https'];
    return schemes.some((scheme) => URL.parse(`${scheme}://${headers.host}`)?.origin === origin);
  }
}

function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT');
  // Any header is allowed, such as those of tracing libraries: the origin is trusted, and no header grants rights.
  const asked = String(headers['access-control-request-headers'] ?? '').trim();
  const isList = asked.length <= MAX_HEADER_NAMES_LENGTH && HEADER_NAMES.test(asked);
  response.setHeader('access-control-allow-headers', isList ? `${USUAL_HEADERS}, ${asked}` : USUAL_HEADERS);
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
}
