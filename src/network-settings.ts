import { outsideIssuers } from './issuer-settings.ts';
import {
  addresses,
  anyText,
  choice,
  flag,
  httpUrl,
  metricsToken,
  optional,
  origins,
  secretly,
  setting,
  wholeNumber,
} from './setting.ts';

/** The settings of connections, and of what may come over them, in the order of docs/settings.md. */
export const NETWORK_SETTINGS = {
  HOST: setting('127.0.0.1', anyText, 'Address to listen on. `0.0.0.0` opens the server to the network.'),
  PORT: setting('4000', wholeNumber(0, 65_535), 'Port to listen on; 0 takes any free one.'),
  WORKER_PORT: optional(
    wholeNumber(0, 65_535),
    'Port, on HOST, on which a worker process serves /healthz, /readyz and /metrics. Unset: none; with `serve`, the API process covers both.',
  ),
  METRICS_TOKEN: secretly(
    optional(
      metricsToken,
      'Token that /metrics requires as `authorization: Bearer …`; at least 16 characters. Unset: /metrics is open if HOST is a loopback address, except to requests forwarded by a proxy; otherwise it is closed.',
    ),
  ),
  PUBLIC_URL: optional(httpUrl, 'Public URL of the server, for links in responses. Unset: the URL of each request.'),
  CONSOLE: setting(
    'true',
    flag,
    'Whether the server has pages for people: the console at `/`, and GraphiQL at `/graphql`.',
  ),
  CORS_ORIGINS: setting(
    '',
    origins,
    'Comma-separated origins whose pages may call the API from a browser, such as `https://app.example.com`.',
  ),
  TRUSTED_PROXIES: setting(
    '',
    addresses,
    'Comma-separated addresses and CIDR ranges of the proxies whose `x-forwarded-for` and `x-forwarded-proto` headers are trusted. Unset: none.',
  ),
  TRUSTED_DOCUMENTS: setting(
    'off',
    choice(['off', 'prefer', 'only']),
    'Documents that are listed in TRUSTED_DOCUMENTS_FILE: clients may name them by their ids (`prefer`), or no others are executed (`only`).',
  ),
  TRUSTED_DOCUMENTS_FILE: optional(
    anyText,
    'JSON file with the trusted documents: the manifest of Apollo, or `persisted-documents.json` of GraphQL Code Generator.',
  ),
  INTROSPECTION: setting(
    'true',
    flag,
    '`false` refuses introspection, and leaves out of error messages which names of the schema might have been meant.',
  ),
  SIGN_UP: setting(
    'open',
    choice(['open', 'invited', 'closed']),
    'Who may sign up: anyone (`open`), whoever has an invitation (`invited`), or nobody (`closed`).',
  ),
  OIDC_ISSUERS: setting(
    '[]',
    outsideIssuers,
    'Outside issuers whose users and programs are admitted with their access tokens, as JSON ([outside-issuers.md](outside-issuers.md)).',
  ),
  MAX_CONNECTIONS_PER_ADDRESS: setting(
    '1000',
    wholeNumber(1, 1_000_000),
    'Maximum open connections per client address (IPv6: per /64 network) and API process. Behind trusted proxies: concurrent requests and WebSockets per forwarded address.',
  ),
  MAX_OPERATIONS_PER_ACCOUNT: setting(
    '6000',
    wholeNumber(20, 1_000_000_000),
    'Maximum root fields that an account may execute per minute, over all API processes; further operations get RATE_LIMITED.',
  ),
  MAX_OPERATIONS_PER_ADDRESS: setting(
    '60000',
    wholeNumber(20, 1_000_000_000),
    'The same per client address (IPv6: per /64 network), signed in or not.',
  ),
  MAX_SIGN_INS_PER_ADDRESS: setting(
    '3000',
    wholeNumber(1, 1_000_000_000),
    'Maximum attempts to sign in per client address and hour, over all API processes; apart from these, as many requests for a new password.',
  ),
  MAX_SIGN_UPS_PER_ADDRESS: setting(
    '1000',
    wholeNumber(1, 1_000_000_000),
    'Maximum attempts to sign up per client address and hour, over all API processes.',
  ),
  KEEP_ALIVE_SECONDS: setting(
    '72',
    wholeNumber(1, 3_600),
    'How long an idle HTTP connection is kept open. Must exceed the idle timeout of the load balancer (usually 60 s), or requests fail now and then.',
  ),
  SHUTDOWN_GRACE_SECONDS: setting(
    '5',
    wholeNumber(0, 3_600),
    'After SIGTERM, how long an API process still accepts requests while /readyz returns 503; longer than the load balancer takes to notice. Ctrl-C skips it.',
  ),
  SHUTDOWN_TIMEOUT_SECONDS: setting(
    '20',
    wholeNumber(1, 3_600),
    'After the grace period, how long requests in flight may take before they are aborted.',
  ),
} as const;
