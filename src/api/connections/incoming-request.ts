import { IncomingMessage } from 'node:http';

/** Those that ask for another protocol. Not a field: Node.js sets the property before a class of this module has fields. */
const asking = new WeakSet<IncomingMessage>();

/**
 * A request that becomes another protocol only where that is a WebSocket. Node.js hands every request with the header
 * `upgrade` to whoever opens WebSockets, who refuses it; but a server ignores a wish that it does not fulfil (RFC 9110, 7.8),
 * such as the one for HTTP/2 that curl and Java's client put into ordinary requests.
 */
export class IncomingRequest extends IncomingMessage {
  get upgrade(): boolean {
    return asking.has(this) && (this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket');
  }

  /** Node.js says here whether the request asks for another protocol. */
  set upgrade(isUpgrade: boolean | null) {
    if (isUpgrade) asking.add(this);
    else asking.delete(this);
  }
}
