import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Range = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** What a proxy on the way to the server says of a request. */
interface Forwarded {
  readonly address: string;
  /** `http` or `https`: how the client reached the first proxy. Null where nobody says. */
  readonly scheme: string | null;
}

/** Tells clients' addresses apart, also behind proxies that the operator trusts to tell them. */
export class ClientAddresses {
  readonly #trusted: readonly Range[];

  /** `trusted`: addresses and CIDR ranges (TRUSTED_PROXIES). */
  constructor(trusted: readonly string[]) {
    this.#trusted = trusted.map(toRange);
  }

  /** True where the peer of a connection is a proxy that speaks for others. */
  isTrusted(address: string | undefined): boolean {
    if (this.#trusted.length === 0 || address === undefined || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.#trusted.some(([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits));
  }

  /**
   * The address of the client. Each proxy adds the address of its own peer at the end of `x-forwarded-for`: read from
   * there, the first address that is no trusted proxy is the client's. What stands before it anybody may have written.
   */
  of(request: IncomingMessage): string {
    return this.forwarded(request).address;
  }

  /** The address, and the scheme where a trusted proxy tells it. */
  forwarded({ socket, headers }: IncomingMessage): Forwarded {
    let address = plain(socket.remoteAddress ?? '');
    if (!this.isTrusted(address)) return { address, scheme: null };
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (this.isTrusted(address)) {
      const told = plain(hops.pop() ?? '');
      if (!ipaddr.isValid(told)) break;
      address = told;
    }
    return { address, scheme: schemeOf(headers['x-forwarded-proto']) };
  }
}

function toRange(text: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** An address without the port that some proxies add, and an IPv4 address that came over an IPv6 socket as such. */
function plain(text: string): string {
  const trimmed = text.trim();
  const bare = /^\[(.+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : bare;
}

/** The last word is the nearest proxy's. */
function schemeOf(header: string | string[] | undefined): string | null {
  const last = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
    .toLowerCase();
  return last === 'http' || last === 'https' ? last : null;
}
