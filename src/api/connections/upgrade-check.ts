import type { IncomingMessage } from 'node:http';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Cors } from '../http/cors.ts';
import { RefusedOrigins } from '../http/refused-origins.ts';
import type { AddressLimit } from './address-limit.ts';
import type { ClientAddresses } from './client-address.ts';

export interface UpgradeChecks {
  readonly cors: Cors;
  readonly perAddress: Pick<AddressLimit, 'acquireForwarded'>;
  readonly addresses: ClientAddresses;
  readonly logger: Logger;
}

/** The callback of ws: true, or false with the status of the refusal. */
type Verdict = (isAllowed: boolean, status?: number, message?: string) => void;

export interface UpgradeCheck {
  verify(info: { req: IncomingMessage }, respond: Verdict): void;
  /** Refuses all upgrades from now on. */
  refuseAll(): void;
}

/** Decides whether a request may be upgraded to a WebSocket. */
export function upgradeCheck({ cors, perAddress, addresses, logger }: UpgradeChecks): UpgradeCheck {
  let isEnding = false;
  return {
    verify({ req }, respond) {
      if (isEnding) return respond(false, 503, 'Shutting down');
      if (!cors.allowsUpgrade(req)) {
        RefusedOrigins.of(logger).log(req, addresses.of(req));
        return respond(false, 403, 'This origin may not open a WebSocket');
      }
      const release = perAddress.acquireForwarded(req);
      if (release === null) return respond(false, 429, 'Too many connections');
      req.socket.once('close', release);
      respond(true);
    },
    refuseAll() {
      isEnding = true;
    },
  };
}
