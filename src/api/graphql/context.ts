import type { IncomingMessage } from 'node:http';
import type { VerifiedAccess } from '../../auth/sessions/access-tokens.ts';
import { nobody, type SessionService } from '../../auth/sessions/session.service.ts';
import type { Identity, Viewer } from '../../auth/viewer.ts';
import type { ClientAddresses } from '../connections/client-address.ts';

/**
 * What the resolvers of one request (or of one socket's operation) know of it. Apollo hands on a shallow copy. `Sources` is what
 * a noun's subscriptions read from: type-graphql gives their `subscribe` functions no resolver instance.
 */
export interface Context<Sources = unknown> {
  readonly requestId: string;
  readonly caller: Caller;
  /** The client's address, also behind trusted proxies. */
  readonly address: string;
  /** Filled in while the request is read: its label in logs and metrics, and the size of its message. */
  readonly operationInfo: {
    operation: string | null;
    bytes: number;
    /** When its event stream began; null for another response. */
    streamsSince: number | null;
  };
  /** Fires when the client disconnects before the response. Only uploads are aborted by it. */
  readonly clientAborted: AbortSignal;
  /** How the client reaches the server, for links: `https://host:port`. */
  readonly origin: string;
  readonly sources: Sources;
}

/** Dependencies of contexts. */
export interface ContextServices {
  readonly auth: SessionService;
  /** What subscriptions read from. */
  readonly sources: unknown;
  readonly addresses: ClientAddresses;
  /** PUBLIC_URL, or null. */
  readonly publicUrl: string | null;
}

/** The context of a request, or of the request that opened a socket. */
export function createContext(
  request: IncomingMessage,
  requestId: string,
  token: string | null,
  services: ContextServices,
  clientAborted: AbortSignal,
): Context {
  const { auth, sources, addresses, publicUrl } = services;
  const { address, scheme } = addresses.forwarded(request);
  // Without PUBLIC_URL the Host header is the best guess: it leads back to where the client came from.
  const origin = publicUrl ?? `${scheme ?? 'http'}://${request.headers.host ?? 'localhost'}`;
  return {
    requestId,
    caller: new Caller(auth, token),
    address,
    operationInfo: { operation: null, bytes: 0, streamsSince: null },
    clientAborted,
    origin,
    sources,
  };
}

/** The caller of a request, who is identified on demand. */
export class Caller {
  readonly #auth: SessionService;
  readonly #token: string | null;
  #identity: Promise<Identity> | null = null;
  #viewer: Viewer | null = null;

  constructor(auth: SessionService, token: string | null) {
    this.#auth = auth;
    this.#token = token;
  }

  /** The identity of the token. Looked up once, and only on demand: `health` must not need the database. */
  identify(): Promise<Identity> {
    this.#identity ??= this.#identifyOnce();
    return this.#identity;
  }

  /** What the token says, without a look at its session; null without a token, or for a forged one. */
  async verify(): Promise<VerifiedAccess | null> {
    return this.#token === null ? null : await this.#auth.verifyToken(this.#token);
  }

  /** The viewer of an authorized field. */
  get viewer(): Viewer {
    if (this.#viewer === null) throw new Error('A resolver that needs a viewer was reached without one.');
    return this.#viewer;
  }

  /** For the log: null if the caller was not identified, or is not signed in. */
  get viewerId(): string | null {
    return this.#viewer?.userId ?? null;
  }

  async #identifyOnce(): Promise<Identity> {
    const identity = this.#token === null ? nobody('NO_TOKEN') : await this.#auth.identify(this.#token);
    this.#viewer = identity.viewer;
    return identity;
  }
}

/** The token of an `authorization: Bearer …` header; null for none. */
export function bearerToken(header: unknown): string | null {
  return typeof header === 'string' ? (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null) : null;
}
