import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';

type Range = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

/** The forwarding headers of a request. */
export interface Forwarded {
  readonly address: string;
  /** `http` or `https`: how the client reached the first proxy; null if unknown. */
  readonly scheme: string | null;
}

/** Determines client addresses, also behind trusted proxies. */
export class ClientAddresses {
  readonly #trusted: readonly Range[];

  /** `trusted`: addresses and CIDR ranges (TRUSTED_PROXIES). */
  constructor(trusted: readonly string[]) {
    this.#trusted = trusted.map(toRange);
  }

  /** True if the peer of a connection is a trusted proxy. */
  isTrusted(address: string | undefined): boolean {
    if (this.#trusted.length === 0 || address === undefined || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return this.#trusted.some(([range, bits]) => parsed.kind() === range.kind() && parsed.match(range, bits));
  }

  /**
   * The address of the client. Each proxy appends the address of its peer to `x-forwarded-for`: read from the end, the first
   * address that is not a trusted proxy is the client's. Addresses before it may be forged.
   */
  of(request: IncomingMessage): string {
    return this.forwarded(request).address;
  }

  /** The address, and the scheme if a trusted proxy provides it. */
  forwarded({ socket, headers }: IncomingMessage): Forwarded {
    let address = plain(socket.remoteAddress ?? '');
    if (!this.isTrusted(address)) return { address, scheme: null };
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    while (this.isTrusted(address)) {
      const forwarded = plain(hops.pop() ?? '');
      if (!ipaddr.isValid(forwarded)) break;
      address = forwarded;
    }
    return { address, scheme: schemeOf(headers['x-forwarded-proto']) };
  }
}

function toRange(text: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** An address without the port that some proxies add; IPv4-mapped IPv6 addresses become IPv4 addresses. */
function plain(text: string): string {
  const trimmed = text.trim();
  const bare = /^\[(.+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed;
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : bare;
}

/** The last value is that of the nearest proxy. */
function schemeOf(header: string | string[] | undefined): string | null {
  const last = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
    .toLowerCase();
  return last === 'http' || last === 'https' ? last : null;
}
