/** The token of a mailed link, which stands behind the `#` of its address, so that no server's log has it; null for none. */
export function linkToken(): string | null {
  return new URLSearchParams(window.location.hash.slice(1)).get('token');
}

/** The token of an invitation's link. */
export function invitationToken(): string | null {
  return window.location.pathname === '/accept-invitation' ? linkToken() : null;
}
