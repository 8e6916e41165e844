import type { Config } from '../config.ts';
import { errorCodeOf } from '../platform/error-code.ts';
import { parseDatabaseUrl, withSslMode } from '../platform/postgres/database-url.ts';
import type { StartFailure } from './start-failure.ts';

/** Codes of Node.js and of the driver for a server that does not answer. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
]);

/** Codes of OpenSSL and Node.js for a certificate that is not trusted, not of that host, or out of date. */
const OF_CERTIFICATES = /^(?:ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;

/** What is known of an error of the database where a start failed. */
interface DatabaseFailure {
  readonly code: string;
  /** Which database it is, in words. */
  readonly server: string;
  /** The settings that say where it is. */
  readonly setting: string;
  /** The server's own words. */
  readonly details: string;
}

type Explain = (failure: DatabaseFailure) => StartFailure;

const unresolved: Explain = ({ code, server, setting }) => ({
  failure: 'DATABASE_UNREACHABLE',
  message: `The host of ${server} cannot be resolved (${code}): check the host in ${setting}.`,
});

const signInRefused: Explain = ({ server, setting, details }) => ({
  failure: 'DATABASE_REFUSES',
  message: `${upperFirst(server)} refuses the sign-in (${details}): check user and password in ${setting}, and pg_hba.conf.`,
});

const unreachable: Explain = ({ code, server, setting }) => ({
  failure: 'DATABASE_UNREACHABLE',
  message: `${upperFirst(server)} does not answer (${code}): check that it runs, and host and port in ${setting}.`,
});

const certificateRefused: Explain = ({ code, server, setting }) => ({
  failure: 'DATABASE_REFUSES',
  message: `The certificate of ${server} is not accepted (${code}): check the CA in DATABASE_CA_FILE or sslrootcert, the host in ${setting} and the certificate's names and dates.`,
});

const connectionRefused: Explain = ({ server, setting, details }) => ({
  failure: 'DATABASE_REFUSES',
  message: `${upperFirst(server)} refuses the connection (${details}): check ${setting}.`,
});

/** By the code of Node.js, of the driver or of PostgreSQL (SQLSTATE). */
const EXPLAINED: Readonly<Record<string, Explain>> = {
  TLS_NOT_OFFERED: ({ server, setting }) => ({
    failure: 'DATABASE_REFUSES',
    message: `${upperFirst(server)} offers no TLS, which sslmode asks for: switch "ssl" on there, or set sslmode=prefer in ${setting}, which does without.`,
  }),
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  '28P01': signInRefused,
  '28000': signInRefused,
  '3D000': ({ server, setting, details }) => ({
    failure: 'DATABASE_MISSING',
    message: `${upperFirst(server)} has no such database (${details}): make it with "create database", or correct the name in ${setting}.`,
  }),
  '53300': ({ server, details }) => ({
    failure: 'DATABASE_REFUSES',
    message: `${upperFirst(server)} has no connection left (${details}): raise max_connections or the role's limit, or end other programs.`,
  }),
  '57P03': ({ server, details }) => ({
    failure: 'DATABASE_UNREACHABLE',
    message: `${upperFirst(server)} is not ready (${details}): start again in a moment.`,
  }),
  '53100': ({ server }) => ({
    failure: 'DISK_FULL',
    message: `The disk of ${server} is full: free some space, and start again.`,
  }),
  '25006': ({ server, setting }) => ({
    failure: 'DATABASE_REFUSES',
    message: `${upperFirst(server)} is read-only: it may be a standby; name the primary in ${setting}.`,
  }),
  '42501': ({ server, setting, details }) => ({
    failure: 'DATABASE_SETUP',
    message: `A right is missing in ${server} (${details}): the user of ${setting} must own the database, or name its owner in DATABASE_OWNER_URL.`,
  }),
};

/** Explains an error of a connection to the operator's database, or of a statement that a start needs; null for others. */
export function explainDatabaseError(error: Error, config: Config): StartFailure | null {
  const code = errorCodeOf(error);
  if (code === undefined) return null;
  const [url, setting] =
    config.DATABASE_OWNER_URL === null
      ? [config.DATABASE_URL, 'DATABASE_URL']
      : [config.DATABASE_OWNER_URL, 'DATABASE_OWNER_URL or DATABASE_URL'];
  const server = url === null ? 'the embedded PostgreSQL' : `PostgreSQL at ${hostsOf(url)}`;
  return explanationOf(code, error)?.({ code, server, setting, details: messageOf(error) }) ?? null;
}

function explanationOf(code: string, error: Error): Explain | null {
  const isSocketMissing = code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
  if (UNREACHABLE.has(code) || isSocketMissing) return unreachable;
  if (OF_CERTIFICATES.test(code)) return certificateRefused;
  const isFatal = 'severity' in error && error.severity === 'FATAL';
  return EXPLAINED[code] ?? (isFatal ? connectionRefused : null);
}

/** The hosts of an address, which may be several, without its password. */
function hostsOf(url: string): string {
  const { hosts, socket } = parseDatabaseUrl(withSslMode(url, 'disable'));
  if (socket !== null) return socket.folder;
  return hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
}

/**
 * What the server says, as it says it to its client: its own log may be set to leave out the half of that. Of FATAL errors, which
 * refuse a connection, the detail names a setting or a role; of others it may be a user's row.
 */
function messageOf(error: Error): string {
  const { severity, detail, hint } = error as Readonly<{ severity?: unknown; detail?: unknown; hint?: unknown }> &
    Error;
  const further = [severity === 'FATAL' ? detail : undefined, hint].filter((text) => typeof text === 'string');
  return [error.message, ...further].join('; ');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
