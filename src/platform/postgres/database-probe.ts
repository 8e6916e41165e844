import { connect } from 'node:net';
import type { DatabaseTarget } from './database-url.ts';

/** PostgreSQL's SSLRequest: its length, and the number that stands for it. Answered by one byte, S or N. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

const TIMEOUT_MILLISECONDS = 3_000;

/** Whether the first of the target's hosts that answers offers TLS; false where none answers. */
export async function offersTls({ hosts }: DatabaseTarget): Promise<boolean> {
  for (const { host, port } of hosts) {
    const answer = await askHost(host, port);
    if (answer !== null) return answer;
  }
  return false;
}

/** The place among the target's hosts of the first that answers; 0 where none does, or there is no choice. */
export async function firstThatAnswers({ hosts }: DatabaseTarget): Promise<number> {
  if (hosts.length > 1) {
    for (const [place, { host, port }] of hosts.entries()) if ((await askHost(host, port)) !== null) return place;
  }
  return 0;
}

function askHost(host: string, port: number): Promise<boolean | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MILLISECONDS });
    const answered = (answer: boolean | null) => {
      resolve(answer);
      socket.destroy();
    };
    socket.once('connect', () => socket.write(SSL_REQUEST));
    socket.once('data', (bytes) => answered(bytes.toString('latin1', 0, 1) === 'S'));
    socket.once('timeout', () => answered(null));
    socket.once('error', () => answered(null));
    socket.once('close', () => answered(null));
  });
}
