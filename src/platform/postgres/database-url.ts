import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { errorCodeOf } from '../error-code.ts';

/** A parsed postgres:// URL, for both drivers. */
export interface DatabaseTarget {
  /** In the order in which they are tried; none where it is reached by a Unix socket. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** The folder and the port of a Unix socket. */
  readonly socket: { readonly folder: string; readonly port: number } | null;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslMode: SslMode;
  /** Options of the TLS connection; null for none. */
  readonly tls: ConnectionOptions | null;
  /** Parameters of the URL for PostgreSQL itself. */
  readonly parameters: Readonly<Record<string, string>>;
}

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** An invalid URL. The message does not repeat it, because it may contain a password. */
export class DatabaseUrlError extends Error {}

const DEFAULT_PORT = 5432;

/** Parameters of the URL for libpq, which PostgreSQL does not know. */
const CLIENT_PARAMETERS = new Set([
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'host', 'port', 'user', 'password', 'dbname', 'ssl'],
  ...['connect_timeout', 'channel_binding', 'gssencmode', 'keepalives', 'keepalives_idle', 'keepalives_interval'],
  ...['target_session_attrs', 'application_name', 'fallback_application_name', 'load_balance_hosts'],
]);

/** Reads an address. `caFile` names certificates to trust in place of those of the address and of the system. */
export function parseDatabaseUrl(address: string, caFile: string | null = null): DatabaseTarget {
  const match = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(address);
  if (!match) throw new DatabaseUrlError('must be a postgres:// address');
  const [, credentials = '', hostList = '', path = '', search = ''] = match;
  const query = new URLSearchParams(search);
  refuseChoices(query);
  const [user = '', ...password] = credentials.split(':');
  const asked = decode(hostList) || (query.get('host') ?? '') || 'localhost';
  const hosts = asked.split(',').map((one) => hostOf(one, query.get('port')));
  const folder = hosts.find(({ host }) => host.startsWith('/'));
  if (
    caFile !== null &&
    folder === undefined &&
    !query.has('sslmode') &&
    !query.has('ssl') &&
    !query.has('sslrootcert')
  ) {
    throw new DatabaseUrlError('must have an sslmode, such as verify-full, for DATABASE_CA_FILE to be asked');
  }
  const userName = decode(user) || (query.get('user') ?? '');
  const sslMode = sslModeOf(query);
  const tcpHosts = folder === undefined ? hosts : [];
  return {
    hosts: tcpHosts,
    socket: folder === undefined ? null : { folder: folder.host, port: folder.port },
    user: userName,
    password: decode(password.join(':')) || (query.get('password') ?? ''),
    database: decode(path) || (query.get('dbname') ?? userName),
    sslMode,
    // A Unix socket never leaves the machine, and PostgreSQL offers no TLS on it.
    tls: sslMode === 'disable' || folder !== undefined ? null : tlsOf(sslMode, query, caFile, tcpHosts),
    parameters: Object.fromEntries([...query].filter(([name]) => !CLIENT_PARAMETERS.has(name))),
  };
}

/** What chooses among hosts for libpq. Where it were left out without a word, a standby would be used in the place of the primary. */
const CHOICES = { target_session_attrs: 'any', load_balance_hosts: 'disable' } as const;

function refuseChoices(query: URLSearchParams): void {
  for (const [name, only] of Object.entries(CHOICES)) {
    if ((query.get(name) ?? only) === only) continue;
    throw new DatabaseUrlError(
      `must have no ${name} but "${only}": of several hosts the first that answers is used, so name only those at which the ` +
        'primary answers, such as a proxy or a name that follows it',
    );
  }
}

/** The address with another sslmode. */
export function withSslMode(address: string, mode: SslMode): string {
  const [base = '', search = ''] = address.split('?');
  const query = new URLSearchParams(search);
  query.set('sslmode', mode);
  query.delete('ssl');
  return `${base}?${query.toString()}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new DatabaseUrlError('must be a postgres:// address with special characters as %XX');
  }
}

/** A host with its port: `name`, `name:5433`, `[::1]:5433`, or the folder of a Unix socket. */
function hostOf(text: string, defaultPort: string | null): { host: string; port: number } {
  const match = /^(\[[^\]]*\]|\/.*|[^:]*)(?::(\d+))?$/.exec(text);
  const port = Number(match?.[2] ?? defaultPort ?? DEFAULT_PORT);
  if (!match?.[1] || !(port > 0 && port < 65_536)) {
    throw new DatabaseUrlError(
      'must be a postgres:// address with hosts such as name or name:5432, separated by commas',
    );
  }
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}

function sslModeOf(query: URLSearchParams): SslMode {
  const given = query.get('sslmode') ?? (query.get('sslrootcert') === 'system' ? 'verify-full' : null);
  if (given === null) return query.get('ssl') === 'true' ? 'require' : 'disable';
  const mode = SSL_MODES.find((name) => name === given);
  if (mode === undefined) throw new DatabaseUrlError(`must have an sslmode of ${SSL_MODES.join(', ')}`);
  return mode;
}

function tlsOf(
  mode: SslMode,
  query: URLSearchParams,
  caFile: string | null,
  hosts: DatabaseTarget['hosts'],
): ConnectionOptions {
  const rootFile = query.get('sslrootcert');
  const authority = caFile ?? (rootFile === 'system' ? null : rootFile);
  // Like libpq: naming a CA means that it is to be checked.
  const verifies = mode.startsWith('verify-') || (mode === 'require' && authority !== null);
  const [certificate, key] = [query.get('sslcert'), query.get('sslkey')];
  return {
    rejectUnauthorized: verifies,
    ...(authority === null ? {} : { ca: readPem(authority) }),
    ...(certificate === null ? {} : { cert: readPem(certificate) }),
    ...(key === null ? {} : { key: readPem(key) }),
    // Of an address in digits no name is sent, so the certificate is compared with those that were given.
    checkServerIdentity: (_, found) => {
      if (mode !== 'verify-full') return undefined;
      const errors = hosts.map(({ host }) => checkServerIdentity(host, found));
      return errors.includes(undefined) ? undefined : errors[0];
    },
  };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new DatabaseUrlError(`needs ${path}, which cannot be read (${errorCodeOf(error) ?? 'it is no file'})`);
  }
}
