import { IncomingMessage } from 'node:http';

/** Requests with an upgrade header. Not a field: Node.js sets the property before the fields of a subclass are initialized. */
const asking = new WeakSet<IncomingMessage>();

/** The first chunks of a body may have any size. */
const FREE_PIECES = 1_000;

/** Minimum average chunk size: each chunk costs 2 µs, whatever its size, and a chunk of one byte takes 6 bytes on the wire. */
const MIN_PIECE_BYTES = 64;

/** The same for forms, whose file may be sent line by line. */
const MIN_LINE_BYTES = 8;

/**
 * A request whose body may not consist of tiny chunks: parsing two megabytes of those blocks the event loop for a second. The
 * connection of such a request is destroyed.
 *
 * Only upgrades to WebSocket are honoured. Node.js emits 'upgrade' for every request with that header, and ws refuses other
 * protocols; but a server should ignore upgrades that it does not support (RFC 9110, 7.8), such as the one to HTTP/2 that curl
 * and Java's client add to ordinary requests.
 */
export class IncomingRequest extends IncomingMessage {
  #pieces = 0;
  #bytes = 0;

  /** Node.js calls this with every chunk of the body, and finally with null. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (piece === null) return super.push(null);
    this.#pieces += 1;
    this.#bytes += piece.length;
    if (this.#pieces <= FREE_PIECES || this.#bytes >= this.#pieces * this.#minPieceBytes()) {
      return super.push(piece, encoding);
    }
    this.socket.destroy();
    return false;
  }

  get upgrade(): boolean {
    return asking.has(this) && (this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket');
  }

  /** Set by Node.js if the request has an upgrade header. */
  set upgrade(isUpgrade: boolean | null) {
    if (isUpgrade) asking.add(this);
    else asking.delete(this);
  }

  #minPieceBytes(): number {
    return /^multipart\//i.test(this.headers['content-type'] ?? '') ? MIN_LINE_BYTES : MIN_PIECE_BYTES;
  }
}
