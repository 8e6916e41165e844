import type { IncomingMessage } from 'node:http';
import { type AuthService, nobody } from '../../auth/auth.service.ts';
import type { Identity, Viewer } from '../../auth/viewer.ts';
import type { ClientAddresses } from '../connections/client-address.ts';

/**
 * What the resolvers of one request (or of one socket's operation) know of it. Apollo hands on a shallow copy. `Sources` is what
 * a noun's subscriptions read from: type-graphql gives their `subscribe` functions no resolver instance.
 */
export interface Context<Sources = unknown> {
  readonly requestId: string;
  readonly caller: Caller;
  /** The client's, as trusted proxies tell it. */
  readonly address: string;
  /** What is found out while it is read: what the log and the metrics are to call it, and the bytes of its message. */
  readonly note: { operation: string | null; bytes: number };
  /** Fires when the client has gone before it was answered. Only uploads are worth ending for that. */
  readonly clientGone: AbortSignal;
  /** How the client reaches the server, for links: `https://host:port`. */
  readonly origin: string;
  readonly sources: Sources;
}

/** What contexts are made with. */
export interface ContextServices {
  readonly auth: AuthService;
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
  clientGone: AbortSignal,
): Context {
  const { auth, sources, addresses, publicUrl } = services;
  const { address, scheme } = addresses.forwarded(request);
  // Without a PUBLIC_URL the client's own word for the server is the best there is: it leads back to where it came from.
  const origin = publicUrl ?? `${scheme ?? 'http'}://${request.headers.host ?? 'localhost'}`;
  return {
    requestId,
    caller: new Caller(auth, token),
    address,
    note: { operation: null, bytes: 0 },
    clientGone,
    origin,
    sources,
  };
}

/** Who calls: nobody known, until somebody asks. */
export class Caller {
  readonly #auth: AuthService;
  readonly #token: string | null;
  #identity: Promise<Identity> | null = null;
  #viewer: Viewer | null = null;

  constructor(auth: AuthService, token: string | null) {
    this.#auth = auth;
    this.#token = token;
  }

  /** Whom the token speaks for. Looked up once, and only when asked for: `health` needs no database. */
  identify(): Promise<Identity> {
    this.#identity ??= this.#look();
    return this.#identity;
  }

  /** The viewer of a field that the authorisation matrix has let through. */
  get viewer(): Viewer {
    if (this.#viewer === null) throw new Error('A resolver that needs a viewer was reached without one.');
    return this.#viewer;
  }

  /** For the log: null where nobody has asked yet, or nobody is signed in. */
  get knownUserId(): string | null {
    return this.#viewer?.userId ?? null;
  }

  async #look(): Promise<Identity> {
    const identity = this.#token === null ? nobody('NO_TOKEN') : await this.#auth.identify(this.#token);
    this.#viewer = identity.viewer;
    return identity;
  }
}

/** The token of an `authorization: Bearer …` header; null for none. */
export function bearerToken(header: unknown): string | null {
  return typeof header === 'string' ? (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null) : null;
}
