import type { IncomingMessage } from 'node:http';
import { parseCookie, type SetCookie, stringifySetCookie } from 'cookie';
import type { Forwarded } from '../connections/client-address.ts';

/**
 * How cookies may be used on a request. SECURE: over https, by names that only this host can set. PLAIN: over http, on this
 * machine or because the operator allows it. NONE: over http, where everybody on the way could read them.
 */
type CookieMode = 'SECURE' | 'PLAIN' | 'NONE';

export interface CookieSettings {
  /** PUBLIC_URL, or null. */
  readonly publicUrl: string | null;
  /** ALLOW_INSECURE_COOKIES. */
  readonly allowsInsecure: boolean;
}

const ACCESS = 'trainyard-access';
const REFRESH = 'trainyard-refresh';
/** Stays when the session ends: by it a device is known that signs in again. */
const DEVICE = 'trainyard-device';

/** The tokens of a session, for its cookies. */
export interface CookieTokens {
  readonly accessToken: string;
  /** Null leaves the cookie as it is. */
  readonly refreshToken: string | null;
  readonly maxAgeSeconds: number;
}

/** The cookies of a session: those of a request, and those that its response sets. */
export class SessionCookies {
  readonly #mode: CookieMode;
  readonly #cookies: ReturnType<typeof parseCookie>;
  readonly #changes: string[] = [];
  #mayChange = true;

  private constructor(mode: CookieMode, header: string | undefined) {
    this.#mode = mode;
    this.#cookies = mode === 'NONE' ? {} : parseCookie(header ?? '');
  }

  static of({ headers }: IncomingMessage, forwarded: Forwarded, settings: CookieSettings): SessionCookies {
    return new SessionCookies(modeOf(headers.host, forwarded.scheme, settings), headers.cookie);
  }

  /** Of an operation over a WebSocket, whose answer can set none. */
  static none(): SessionCookies {
    return new SessionCookies('NONE', undefined);
  }

  /** The access token of the request, which may have expired: the cookie lasts as long as the session. */
  get accessToken(): string | null {
    return this.#cookies[this.#nameOf(ACCESS)] ?? null;
  }

  get refreshToken(): string | null {
    return this.#cookies[this.#nameOf(REFRESH)] ?? null;
  }

  /** The token by which a device is known that has signed in before. */
  get deviceToken(): string | null {
    return this.#cookies[this.#nameOf(DEVICE)] ?? null;
  }

  /** The values of `set-cookie` for the response. */
  get changes(): readonly string[] {
    return this.#changes;
  }

  /** The response can set none: from now on `set` and `clear` do nothing. */
  forbidChanges(): void {
    this.#mayChange = false;
  }

  /** Gives the client the tokens of a session. False where it may have no cookies. */
  set({ accessToken, refreshToken, maxAgeSeconds }: CookieTokens): boolean {
    if (this.#mode === 'NONE' || !this.#mayChange) return false;
    this.#change(ACCESS, accessToken, maxAgeSeconds);
    if (refreshToken !== null) this.#change(REFRESH, refreshToken, maxAgeSeconds);
    return true;
  }

  /** Gives a device the token by which it is known, if it may have cookies. */
  setDevice(token: string, maxAgeSeconds: number): void {
    if (this.#mode !== 'NONE' && this.#mayChange) this.#change(DEVICE, token, maxAgeSeconds);
  }

  /** Removes those of the session that the request has. */
  clear(): void {
    if (!this.#mayChange) return;
    if (this.accessToken !== null) this.#change(ACCESS, '', 0);
    if (this.refreshToken !== null) this.#change(REFRESH, '', 0);
  }

  #nameOf(name: string): string {
    return this.#mode === 'SECURE' ? `__Host-${name}` : name;
  }

  #change(name: string, value: string, maxAge: number): void {
    const cookie: SetCookie = {
      name: this.#nameOf(name),
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
    };
    this.#changes.push(stringifySetCookie({ ...cookie, secure: this.#mode === 'SECURE' }));
  }
}

function modeOf(host: string | undefined, scheme: string | null, settings: CookieSettings): CookieMode {
  const { publicUrl, allowsInsecure } = settings;
  const url = URL.parse(publicUrl ?? `${scheme ?? 'http'}://${host}`);
  if (url?.protocol === 'https:') return 'SECURE';
  return allowsInsecure || isThisMachine(url?.hostname) ? 'PLAIN' : 'NONE';
}

function isThisMachine(hostname: string | undefined): boolean {
  return hostname !== undefined && /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
