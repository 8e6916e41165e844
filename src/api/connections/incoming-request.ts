import { IncomingMessage } from 'node:http';

/** Those that ask for another protocol. Not a field: Node.js sets the property before a class of this module has fields. */
const asking = new WeakSet<IncomingMessage>();

/** So many pieces of a body may be of any size; every client's last one is small. */
const FREE_PIECES = 1_000;

/** Of a body that is sent in chunks, on the average: each costs 2 µs, whatever it holds, and one of a byte takes 6 on the line. */
const MIN_PIECE_BYTES = 64;

/** Of a form: its file may come line by line. */
const MIN_LINE_BYTES = 8;

/**
 * A request of the server. Its body does not come in tiny pieces: a megabyte of those takes the process for half a second, and they
 * are handed over, from all connections, before anything else has a turn. Its connection is cut.
 *
 * It becomes another protocol only where that is a WebSocket. Node.js hands every request with the header
 * `upgrade` to whoever opens WebSockets, who refuses it; but a server ignores a request that it does not fulfil (RFC 9110, 7.8),
 * such as the one for HTTP/2 that curl and Java's client put into ordinary requests.
 */
export class IncomingRequest extends IncomingMessage {
  #pieces = 0;
  #bytes = 0;

  /** Node.js hands every piece of the body over by this, and at last null. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    if (piece === null) return super.push(null);
    this.#pieces += 1;
    this.#bytes += piece.length;
    if (this.#pieces <= FREE_PIECES || this.#bytes >= this.#pieces * this.#minPieceBytes())
      return super.push(piece, encoding);
    this.socket.destroy();
    return false;
  }

  get upgrade(): boolean {
    return asking.has(this) && (this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket');
  }

  /** Node.js says here whether the request asks for another protocol. */
  set upgrade(isUpgrade: boolean | null) {
    if (isUpgrade) asking.add(this);
    else asking.delete(this);
  }

  #minPieceBytes(): number {
    return this.headers['content-type']?.startsWith('multipart/') ? MIN_LINE_BYTES : MIN_PIECE_BYTES;
  }
}
