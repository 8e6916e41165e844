import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { print } from 'graphql-sse';
import type { Context } from '../graphql/context.ts';
import type { OperationPayload } from '../graphql/operation-document.ts';

/** A response that consists of server-sent events. */
export class EventStream {
  readonly context: Context;
  /** Size of the request, which is kept in memory while the stream is open. */
  readonly requestBytes: number;
  readonly payload: OperationPayload;
  /** True if it may run no mutation: its request was a GET. */
  readonly isReadOnly: boolean;
  /** The field of a running subscription. */
  field: string | null = null;
  readonly #response: ServerResponse;
  /** Resolves once the latest event has been handed to the connection. */
  #flushed: Promise<unknown> = Promise.resolve();
  #lastResult: ExecutionResult | null = null;

  constructor(response: ServerResponse, context: Context, payload: OperationPayload, isReadOnly: boolean) {
    this.#response = response;
    this.context = context;
    this.payload = payload;
    this.isReadOnly = isReadOnly;
    this.requestBytes = context.operationInfo.bytes;
  }

  /** Calls once the stream is closed: at once if its client has gone away already. */
  onClose(call: () => void): void {
    if (this.#response.closed) call();
    else this.#response.once('close', call);
  }

  /** Tells when to try again; null: nothing. */
  setRetryAfter(seconds: string | null): void {
    if (seconds !== null) this.#response.setHeader('retry-after', seconds);
  }

  /** Waits until the peer has read what was sent: a subscription produces its next event only then. */
  async readyForMore(): Promise<void> {
    await this.#flushed;
  }

  /** Sends events as they come, until there are no more, or the stream ends otherwise. */
  async send(events: AsyncGenerator<string>): Promise<void> {
    const response = this.#response;
    // Proxies would hold events back to compress them, or to send a full buffer.
    response.writeHead(200, {
      ...{ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform' },
      'x-accel-buffering': 'no',
    });
    // Errors of ending a subscription do not matter.
    this.onClose(() => void events.return(undefined).catch(() => undefined));
    if (this.#lastResult !== null) this.#endWith(this.#lastResult);
    for await (const text of events) {
      if (!response.writable) break;
      this.#flushed = written(response, text);
      await this.#flushed;
    }
    response.end();
  }

  /** Ends the stream with a last result; its client is told that it is complete. */
  endWith(result: ExecutionResult): void {
    if (this.#response.headersSent) this.#endWith(result);
    else this.#lastResult = result;
  }

  /** Ends the stream without a last word. */
  breakOff(): void {
    if (this.#response.headersSent) this.#response.end();
    else this.#response.destroy();
  }

  #endWith(result: ExecutionResult): void {
    if (!this.#response.writable) return;
    this.#response.end(print({ event: 'next', data: result }) + print({ event: 'complete', data: null }));
  }
}

/** Resolves when the text has been handed to the connection, or the connection is closed. */
function written(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(text, done);
  });
}
