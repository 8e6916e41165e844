import { isIP, Socket } from 'node:net';
import type { DatabaseTarget } from '../postgres/database-url.ts';
import { firstRespondingHost } from '../postgres/host-probe.ts';
import { SESSION_SETTINGS } from '../postgres/postgres-client.ts';
import { CHECK_ROLE } from '../postgres/safe-role.ts';

/** The used part of a client of pg-boss's driver. */
interface QueueClient {
  on(event: 'error', listener: (error: Error) => void): unknown;
  query(text: string, done: (error?: Error) => void): void;
}

/** Timeouts that detect dead connections; no query of the queue takes longer. */
const TIMEOUTS = { connectionTimeoutMillis: 3_000, query_timeout: 10_000 };

/**
 * Connection options for pg-boss's driver, equivalent to those of our own. It does not support several hosts, so each connection
 * uses the next host, starting with the first that responds now.
 */
export async function queueConnection(target: DatabaseTarget, settings: Readonly<Record<string, string>>) {
  const { hosts, socket, tls } = target;
  let next = await firstRespondingHost(target);
  const stream = () => {
    const tcp = new Socket();
    const connect = tcp.connect.bind(tcp) as (port: number, host: string) => Socket;
    const { host = '', port = 0 } = hosts[next++ % hosts.length] ?? {};
    tcp.connect = (() => connect(port, host)) as Socket['connect'];
    return tcp;
  };
  const host = hosts[0]?.host ?? '';
  return {
    ...TIMEOUTS,
    ...(socket === null ? { host, port: 0, stream } : { host: socket.folder, port: socket.port }),
    user: target.user,
    password: target.password,
    database: target.database,
    // Of an address in digits no name is sent.
    ssl: tls === null ? false : { ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) },
    options: Object.entries({ ...target.parameters, ...SESSION_SETTINGS, ...settings })
      .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\\s]/g, '\\$&')}`)
      .join(' '),
  };
}

/** Pool options of pg-boss's driver that check each new connection before it is used. */
export const REFUSE_UNSAFE_ROLE = {
  verify(client: QueueClient, done: (error?: Error) => void): void {
    // The pool has removed its own listener, and pg-boss adds one only later: an error of a connection that is cut in
    // between would be unhandled, and end the process. Its queries fail in any case.
    client.on('error', () => undefined);
    client.query(CHECK_ROLE, (error) => done(error));
  },
};
