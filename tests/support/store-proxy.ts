import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A proxy before an object store, which passes everything on as it is. */
export interface StoreProxy {
  readonly port: number;
  /** Calls back, once, when so many further bytes have gone to the store. */
  onSent(bytes: number, act: () => void): void;
  /** Cuts all connections, once, when so many further bytes have come from the store. */
  cutAfterReceived(bytes: number): void;
  close(): Promise<void>;
}

/** Starts it; with `tls` it speaks TLS to its clients, and plain HTTP to the store. */
export async function startStoreProxy(endpoint: string, tls: TlsOptions | null = null): Promise<StoreProxy> {
  const target = new URL(endpoint);
  const sockets = new Set<Socket>();
  const nothing = (): void => undefined;
  let sent = { left: Number.POSITIVE_INFINITY, act: nothing };
  let receivedLeft = Number.POSITIVE_INFINITY;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const onConnection = (client: Socket) => {
    const store = connect(Number(target.port), target.hostname);
    for (const [socket, other] of [[client, store] as const, [store, client] as const]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      sent.left -= chunk.length;
      if (sent.left > 0) return;
      const { act } = sent;
      sent = { left: Number.POSITIVE_INFINITY, act: nothing };
      act();
    });
    store.on('data', (chunk) => {
      receivedLeft -= chunk.length;
      if (receivedLeft > 0) return;
      receivedLeft = Number.POSITIVE_INFINITY;
      cut();
    });
    client.pipe(store).pipe(client);
  };
  const server: Server = tls === null ? createServer(onConnection) : createTlsServer(tls, onConnection);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    onSent(bytes, act) {
      sent = { left: bytes, act };
    },
    cutAfterReceived(bytes) {
      receivedLeft = bytes;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
