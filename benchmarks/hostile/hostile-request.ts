import type { Client } from '../support/client.ts';

/** The server that the requests are sent to, and a signed-in user of it. */
export interface HostileTarget {
  /** `http://host:port`. */
  readonly url: string;
  /** `host:port` of the same, for bare sockets. */
  readonly address: { readonly host: string; readonly port: number };
  readonly token: string;
  readonly client: Client;
}

/** What came of a hostile request. Of several at once: what came of the worst. */
export interface HostileOutcome {
  /** What was answered: the status of HTTP and the code of the first error, or the code that a socket was closed with. */
  readonly answer: string;
  /** Of the largest answer to one request. */
  readonly bytes: number;
}

/** One way to hurt others by what the public API takes. */
export interface HostileRequest {
  readonly name: string;
  /** Makes what the request needs, such as a wide dataset; not measured. */
  prepare?(target: HostileTarget): Promise<void>;
  /** Sends it, and ends when all of it is over. `/healthz` is probed meanwhile. */
  send(target: HostileTarget): Promise<HostileOutcome>;
}
