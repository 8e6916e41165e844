import { connect } from 'node:net';
import type { DatabaseTarget } from './database-url.ts';

/** PostgreSQL's SSLRequest: length and request code. The response is one byte, S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

const TIMEOUT_MILLISECONDS = 3_000;

/** Whether the first responding host of the target offers TLS; false if none responds. */
export async function offersTls({ hosts }: DatabaseTarget): Promise<boolean> {
  for (const { host, port } of hosts) {
    const offersTls = await probeHost(host, port);
    if (offersTls !== null) return offersTls;
  }
  return false;
}

/** Index of the first responding host of the target; 0 if none responds, or there is only one. */
export async function firstRespondingHost({ hosts }: DatabaseTarget): Promise<number> {
  if (hosts.length > 1) {
    for (const [index, { host, port }] of hosts.entries()) if ((await probeHost(host, port)) !== null) return index;
  }
  return 0;
}

function probeHost(host: string, port: number): Promise<boolean | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MILLISECONDS });
    const finish = (offersTls: boolean | null) => {
      resolve(offersTls);
      socket.destroy();
    };
    socket.once('connect', () => socket.write(SSL_REQUEST));
    socket.once('data', (bytes) => finish(bytes.toString('latin1', 0, 1) === 'S'));
    socket.once('timeout', () => finish(null));
    socket.once('error', () => finish(null));
    socket.once('close', () => finish(null));
  });
}
