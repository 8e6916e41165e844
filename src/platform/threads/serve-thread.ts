import { parentPort } from 'node:worker_threads';

/** The messages of a WarmWorker's thread. */
export type ThreadReply<Message> = { readonly done: false; readonly message: Message } | { readonly done: true };

/** Sends a message about the current input; the buffers in `transfer` are not copied. */
export type Send<Message> = (message: Message, transfer?: readonly ArrayBuffer[]) => void;

/** Serves a WarmWorker: handles each input. An error ends the thread, and rejects the run. */
export function serveThread<Input, Message>(work: (input: Input, say: Send<Message>) => void): void {
  const post = (report: ThreadReply<Message>, transfer: readonly ArrayBuffer[] = []) =>
    parentPort?.postMessage(report, [...transfer]);
  parentPort?.on('message', (input: Input) => {
    work(input, (message, transfer) => post({ done: false, message }, transfer));
    post({ done: true });
  });
}
