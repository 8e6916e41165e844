import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { requireWriter } from '../../auth/permissions.ts';
import { TrainyardError } from '../../errors.ts';
import type { LinkHolders } from './download-links.ts';
import type { UploadLinks, UploadPartClaims } from './upload-links.ts';

/** A part as it arrives. */
export interface IncomingPart extends UploadPartClaims {
  /** What the request says of its length; null where it says nothing. */
  readonly declaredBytes: number | null;
  readonly stream: Readable;
}

/** Stores the parts of uploads. */
export interface PartReceiver {
  /** Resolves with the hash of the bytes once the part is stored. */
  receive(part: IncomingPart): Promise<{ readonly sha256: string }>;
}

/** Takes parts of uploads at signed addresses. */
export class PartUploads {
  readonly #links: UploadLinks;
  readonly #holders: LinkHolders;
  readonly #receiver: PartReceiver;

  constructor(links: UploadLinks, holders: LinkHolders, receiver: PartReceiver) {
    this.#links = links;
    this.#holders = holders;
    this.#receiver = receiver;
  }

  /** Handles PUT. Throws NOT_FOUND if the address is invalid or has expired, FORBIDDEN if its holder may only read by now; whatever the receiver throws. */
  async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const claims = await this.#links.read(path);
    const role = claims === null ? null : await this.#holders.roleOf(claims);
    if (claims === null || role === null) throw gone();
    requireWriter({ role }, 'UploadSession.parts');
    const length = request.headers['content-length'];
    const declaredBytes = length === undefined ? null : Number(length);
    // Whoever refuses a part ends this stream, but not the connection: the answer is still to be sent.
    const stream = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false });
    const { sha256 } = await this.#receiver.receive({ ...claims, declaredBytes, stream });
    response.writeHead(200, { etag: `"${sha256}"`, 'content-length': 0, 'cache-control': 'no-store' }).end();
  }
}

function gone(): TrainyardError {
  return new TrainyardError('NOT_FOUND', 'This address is invalid or has expired.', {
    hint: 'Ask for a new one: UploadSession.parts gives them, for an hour.',
  });
}
