import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

/** Adds the headers that tell browsers what not to do with a response. */
export type SecurityHeaders = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The headers of all responses: none of them is a page, so a browser may load, embed and run nothing that one contains.
 * `publicUrl`: PUBLIC_URL, or null; behind https, browsers are told to come that way only.
 */
export function securityHeaders(publicUrl: string | null): SecurityHeaders {
  const apply = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        ...{ defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
        sandbox: [],
      },
    },
    strictTransportSecurity: publicUrl?.startsWith('https:') ?? false,
    xFrameOptions: { action: 'deny' },
  });
  return (request, response) => {
    apply(request, response, (error?: unknown) => {
      if (error !== undefined) throw error instanceof Error ? error : new Error('The headers cannot be set.');
    });
  };
}
