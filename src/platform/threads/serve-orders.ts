import { parentPort } from 'node:worker_threads';

/** What a thread says to the one that gave it an order. */
export type ThreadReport<Message> = { readonly done: false; readonly message: Message } | { readonly done: true };

/** Says something of the order that is being done; what is in `transfer` goes over without a copy. */
export type Say<Message> = (message: Message, transfer?: readonly ArrayBuffer[]) => void;

/** In a WarmWorker: does each order that comes. An error ends the thread, and fails the order. */
export function serveOrders<Order, Message>(work: (order: Order, say: Say<Message>) => void): void {
  const post = (report: ThreadReport<Message>, transfer: readonly ArrayBuffer[] = []) =>
    parentPort?.postMessage(report, [...transfer]);
  parentPort?.on('message', (order: Order) => {
    work(order, (message, transfer) => post({ done: false, message }, transfer));
    post({ done: true });
  });
}
