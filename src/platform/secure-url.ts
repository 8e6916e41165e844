/** Whether an address is safe from others on the network: https, or on this machine. */
export function isSecureUrl(address: string): boolean {
  const url = /^[\x21-\x7e]+$/.test(address) ? URL.parse(address) : null;
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
