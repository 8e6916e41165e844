import type { Config } from '../config.ts';
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

/** Explains an error of a connection to the operator's database, or of a statement that a start needs; null for others. */
export function explainDatabaseError(error: Error, config: Config): StartFailure | null {
  if (!('code' in error) || typeof error.code !== 'string') return null;
  const [url, setting] =
    config.DATABASE_OWNER_URL === null
      ? [config.DATABASE_URL, 'DATABASE_URL']
      : [config.DATABASE_OWNER_URL, 'DATABASE_OWNER_URL or DATABASE_URL'];
  const told = toldBy(error);
  const place = url === null ? 'the embedded PostgreSQL' : `PostgreSQL at ${placesOf(url)}`;
  const isSocketMissing = error.code === 'ENOENT' && 'syscall' in error && error.syscall === 'connect';
  if (UNREACHABLE.has(error.code) || isSocketMissing) {
    return {
      failure: 'DATABASE_UNREACHABLE',
      message: `${upperFirst(place)} does not answer (${error.code}): check that it runs, and host and port in ${setting}.`,
    };
  }
  if (OF_CERTIFICATES.test(error.code)) {
    return {
      failure: 'DATABASE_REFUSES',
      message: `The certificate of ${place} is not accepted (${error.code}): check the CA in DATABASE_CA_FILE or sslrootcert, the host in ${setting} and the certificate's names and dates.`,
    };
  }
  switch (error.code) {
    case 'TLS_NOT_OFFERED':
      return {
        failure: 'DATABASE_REFUSES',
        message: `${upperFirst(place)} offers no TLS, which sslmode asks for: switch "ssl" on there, or set sslmode=prefer in ${setting}, which does without.`,
      };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return {
        failure: 'DATABASE_UNREACHABLE',
        message: `The host of ${place} cannot be resolved (${error.code}): check the host in ${setting}.`,
      };
    case '28P01':
    case '28000':
      return {
        failure: 'DATABASE_REFUSES',
        message: `${upperFirst(place)} refuses the sign-in (${told}): check user and password in ${setting}, and pg_hba.conf.`,
      };
    case '3D000':
      return {
        failure: 'DATABASE_MISSING',
        message: `${upperFirst(place)} has no such database (${told}): make it with "create database", or correct the name in ${setting}.`,
      };
    case '53300':
      return {
        failure: 'DATABASE_REFUSES',
        message: `${upperFirst(place)} has no connection left (${told}): raise max_connections or the role's limit, or end other programs.`,
      };
    case '57P03':
      return {
        failure: 'DATABASE_UNREACHABLE',
        message: `${upperFirst(place)} is not ready (${told}): start again in a moment.`,
      };
    case '53100':
      return {
        failure: 'DISK_FULL',
        message: `The disk of ${place} is full: free some space, and start again.`,
      };
    case '25006':
      return {
        failure: 'DATABASE_REFUSES',
        message: `${upperFirst(place)} is read-only: it may be a standby; name the primary in ${setting}.`,
      };
    case '42501':
      return {
        failure: 'DATABASE_SETUP',
        message: `A right is missing in ${place} (${told}): the user of ${setting} must own the database, or name its owner in DATABASE_OWNER_URL.`,
      };
    default:
      if (!('severity' in error) || error.severity !== 'FATAL') return null;
      return {
        failure: 'DATABASE_REFUSES',
        message: `${upperFirst(place)} refuses the connection (${told}): check ${setting}.`,
      };
  }
}

/** The hosts of an address, which may be several, without its password. */
function placesOf(url: string): string {
  const { hosts, socket } = parseDatabaseUrl(withSslMode(url, 'disable'));
  if (socket !== null) return socket.folder;
  return hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
}

/**
 * What the server says, as it says it to its client: its own log may be set to leave out the half of that. Of FATAL errors, which
 * refuse a connection, the detail names a setting or a role; of others it may be a user's row.
 */
function toldBy(error: Error): string {
  const { severity, detail, hint } = error as Readonly<{ severity?: unknown; detail?: unknown; hint?: unknown }> &
    Error;
  const further = [severity === 'FATAL' ? detail : undefined, hint].filter((text) => typeof text === 'string');
  return [error.message, ...further].join('; ');
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
