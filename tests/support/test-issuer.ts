import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

/** A key pair of an issuer. */
export interface IssuerKey {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export interface TokenOptions {
  readonly header?: Partial<JWTHeaderParameters>;
  /** Default: the newest key of the issuer. */
  readonly key?: IssuerKey;
  /** Of a key that is not the issuer's. */
  readonly signWith?: CryptoKey | Uint8Array;
}

/** Claims that no test gives: those of an editor of the workspace "acme", who reaches this server. */
function defaultClaims(issuer: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1_000);
  return {
    ...{ iss: issuer, aud: 'trainyard', sub: 'ada', iat: now, nbf: now, exp: now + 300 },
    ...{ workspace: 'acme', role: 'editor' },
  };
}

/** How an operator names an issuer in OIDC_ISSUERS. */
export type IssuerSettings = Readonly<Record<string, unknown>>;

/** A real OpenID Connect issuer, as far as a server needs it that receives its tokens: discovery, keys and signatures. */
export class TestIssuer {
  readonly url: string;
  /** Requests by path. */
  readonly requests = new Map<string, number>();
  /** What the discovery document says beside the truth. */
  discovery: Record<string, unknown> = {};
  /** Answers in the place of the issuer, where it does. */
  answer: ((request: IncomingMessage, response: ServerResponse) => boolean) | null = null;
  readonly #server: Server;
  #keys: IssuerKey[] = [];

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  /** `path`: what follows its host, such as `/realms/shop`. */
  static async start(path = ''): Promise<TestIssuer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new TestIssuer(server, path);
    await issuer.addKey();
    return issuer;
  }

  /** The settings of it: roles by the names that their lower case has. */
  settings(others: IssuerSettings = {}): IssuerSettings {
    const roles = { owner: 'OWNER', editor: 'EDITOR', reader: 'READER' };
    return { issuer: this.url, audience: 'trainyard', roles, ...others };
  }

  /** Publishes one more key, with which tokens are signed from now on. */
  async addKey(): Promise<IssuerKey> {
    const key = await makeKey('ES256');
    this.#keys.push(key);
    return key;
  }

  /** Publishes one more key beside the one that tokens are signed with. */
  async addOtherKey(algorithm = 'ES256'): Promise<IssuerKey> {
    const key = await makeKey(algorithm);
    this.#keys.unshift(key);
    return key;
  }

  /** Withdraws all keys but the newest. */
  withdrawOldKeys(): void {
    this.#keys = this.#keys.slice(-1);
  }

  /** A token as its claims are by default, but for what is given; undefined leaves a claim out. */
  async sign(claims: Readonly<Record<string, unknown>> = {}, options: TokenOptions = {}): Promise<string> {
    const key = options.key ?? this.#keys.at(-1);
    if (key === undefined) throw new Error('The issuer has no key.');
    return await new SignJWT({ ...defaultClaims(this.url), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.id, ...options.header })
      .sign(options.signWith ?? key.privateKey, { crit: { 'made-up': true } });
  }

  /** How often the keys were asked for. */
  get keyRequests(): number {
    return this.requests.get('/keys') ?? 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', this.url).pathname;
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    if (this.answer?.(request, response)) return;
    const base = new URL(this.url);
    if (path === `${base.pathname.replace(/\/$/, '')}/.well-known/openid-configuration`) {
      sendJson(response, { issuer: this.url, jwks_uri: `${base.origin}/keys`, ...this.discovery });
    } else if (path === '/keys') sendJson(response, { keys: await Promise.all(this.#keys.map(toJwk)) });
    else response.writeHead(404).end();
  }
}

async function makeKey(algorithm: string): Promise<IssuerKey> {
  return { id: `key-${randomUUID()}`, ...(await generateKeyPair(algorithm, { extractable: true })) };
}

async function toJwk({ id, publicKey }: IssuerKey): Promise<JWK> {
  return { ...(await exportJWK(publicKey)), kid: id, use: 'sig' };
}

function sendJson(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
