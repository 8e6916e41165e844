import type { IncomingMessage } from 'node:http';
import type { Authentication } from '../../auth/authentication.ts';
import type { VerifiedAccess } from '../../auth/sessions/access-tokens.ts';
import { holderOf, type Identity, type Viewer } from '../../auth/viewer.ts';
import type { RecentMemory } from '../../platform/concurrency/recent-values.ts';
import type { ClientAddresses } from '../connections/client-address.ts';
import { type CookieSettings, SessionCookies } from '../http/session-cookies.ts';

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
  /** The session's cookies: of an operation over a WebSocket none. */
  readonly cookies: SessionCookies;
  /** Called when anything may have changed. */
  readonly forgetRecent: () => void;
}

/** Dependencies of contexts. */
export interface ContextServices extends CookieSettings {
  readonly auth: Authentication;
  /** What subscriptions read from. */
  readonly sources: unknown;
  readonly addresses: ClientAddresses;
  /** What this process remembers for half a second. */
  readonly memory: Pick<RecentMemory, 'forget'>;
}

/** What a caller is identified by. */
export interface CallerCredentials {
  identify(): Promise<Identity>;
  /** The identity, as it was half a second ago at most. */
  identifyRecently(): Promise<Identity>;
  /** The claims of the token, without a look at its session; null without a token, or for a forged one. */
  verify(): Promise<VerifiedAccess | null>;
}

/** A request, and how its caller is found. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly credentials: CallerCredentials;
  readonly cookies: SessionCookies;
  readonly clientAborted: AbortSignal;
}

/** The context of a request, or of an operation over a socket, whose request opened it. */
export function createContext(incoming: Incoming, services: ContextServices): Context {
  const { request, requestId, credentials, cookies, clientAborted } = incoming;
  const { sources, addresses, publicUrl, memory } = services;
  const { address, scheme } = addresses.forwarded(request);
  // Without PUBLIC_URL the Host header is the best guess: it leads back to where the client came from.
  const origin = publicUrl ?? `${scheme ?? 'http'}://${request.headers.host ?? 'localhost'}`;
  return {
    requestId,
    caller: new Caller(credentials),
    address,
    operationInfo: { operation: null, bytes: 0, streamsSince: null },
    clientAborted,
    origin,
    sources,
    cookies,
    forgetRecent: () => memory.forget(),
  };
}

/** The context of an HTTP request, whose caller shows a bearer token or a cookie. */
export function createHttpContext(
  request: IncomingMessage,
  requestId: string,
  clientAborted: AbortSignal,
  services: ContextServices,
): Context {
  const { auth, addresses } = services;
  const cookies = SessionCookies.of(request, addresses.forwarded(request), services);
  const tokens = { bearer: bearerToken(request.headers.authorization), cookie: cookies.accessToken };
  const credentials: CallerCredentials = {
    identify: () => auth.identify(tokens),
    identifyRecently: () => auth.identifyRecently(tokens),
    verify: () => auth.verify(tokens),
  };
  return createContext({ request, requestId, credentials, cookies, clientAborted }, services);
}

/** The caller of a request, who is identified on demand. */
export class Caller {
  readonly #credentials: CallerCredentials;
  #identity: Promise<Identity> | null = null;
  #recent: Promise<Identity> | null = null;
  #verified: Promise<VerifiedAccess | null> | null = null;
  #viewer: Viewer | null = null;

  constructor(credentials: CallerCredentials) {
    this.#credentials = credentials;
  }

  /** The identity of the caller. Looked up once, and only on demand: `health` must not need the database. */
  identify(): Promise<Identity> {
    this.#identity ??= this.#seen(this.#credentials.identify());
    return this.#identity;
  }

  /** The identity of the caller, as it was half a second ago at most. */
  identifyRecently(): Promise<Identity> {
    this.#recent ??= this.#seen(this.#credentials.identifyRecently());
    return this.#recent;
  }

  /** What the token says, without a look at its session; null without a token, or for a forged one. */
  verify(): Promise<VerifiedAccess | null> {
    this.#verified ??= this.#credentials.verify();
    return this.#verified;
  }

  /** The viewer of an authorized field. */
  get viewer(): Viewer {
    if (this.#viewer === null) throw new Error('A resolver that needs a viewer was reached without one.');
    return this.#viewer;
  }

  /** For the log, the user or the program: null if the caller was not identified, or is not signed in. */
  get viewerId(): string | null {
    return this.#viewer === null ? null : (this.#viewer.userId ?? holderOf(this.#viewer));
  }

  /** Of two answers in one request, of which the later one may be that the session has ended since, each field follows its own. */
  async #seen(identified: Promise<Identity>): Promise<Identity> {
    const identity = await identified;
    this.#viewer = identity.viewer ?? this.#viewer;
    return identity;
  }
}

/** The token of an `authorization: Bearer …` header; null for none. */
export function bearerToken(header: unknown): string | null {
  return typeof header === 'string' ? (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null) : null;
}
