import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The network by which clients are counted: an IPv4 address, or the /64 prefix of an IPv6 address, within which one machine
 * can have any number of addresses.
 */
export function networkOf(address: string): string {
  // Called for each connection: most addresses need no parsing.
  if (isIPv4(address) || !ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6 ? parsed.parts.slice(0, 4).join(':') : parsed.toString();
}
