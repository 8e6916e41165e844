import { WebSocket } from 'ws';
import { nestsTooDeeply } from '../limits/nesting.ts';
import { ClientIds } from './client-ids.ts';
import { closeSocket } from './close-codes.ts';

/** Called when a message was sent, or cannot be sent any more. */
type Done = (error?: Error) => void;

/**
 * A socket on which failing to send to a dying peer is not an error: graphql-ws would print each one to the console. Such a
 * message counts as sent when the socket has closed. Operation ids are rewritten by ClientIds.
 */
export class TolerantSocket extends WebSocket {
  /** Size of the latest message as the peer sent it, before its id is rewritten. */
  receivedBytes = 0;
  readonly #abandoned: Done[] = [];
  readonly #ids = new ClientIds();

  override emit(event: string | symbol, ...details: unknown[]): boolean {
    const [data, ...others] = details;
    if (event !== 'message' || !Buffer.isBuffer(data)) return super.emit(event, ...details);
    this.receivedBytes = data.length;
    if (nestsTooDeeply(data)) {
      closeSocket(this, 4400, 'Invalid message');
      return true;
    }
    return super.emit(event, this.#ids.incoming(data), ...others);
  }

  override send(data: Parameters<WebSocket['send']>[0], second?: object | Done, third?: Done): void {
    const done = typeof second === 'function' ? (second as Done) : third;
    const message = typeof data === 'string' ? this.#ids.outgoing(data) : data;
    if (message === null) {
      done?.();
      return;
    }
    super.send(message, typeof second === 'object' ? second : {}, (error) => {
      if (error) this.#abandon(() => done?.());
      else done?.();
    });
  }

  #abandon(done: Done): void {
    if (this.readyState === WebSocket.CLOSED) done();
    else if (this.#abandoned.push(done) === 1) {
      this.once('close', () => {
        for (const waiting of this.#abandoned) waiting();
      });
    }
  }
}
