import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * What clients are told apart by: an IPv4 address, or the 64 bits that an IPv6 customer gets at the least; with
 * single addresses one machine could have any number.
 */
export function networkOf(address: string): string {
  // Asked for each connection: most need no parsing.
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
