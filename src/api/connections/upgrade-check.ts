import type { IncomingMessage } from 'node:http';
import { LimitedLog } from '../../platform/monitoring/limited-log.ts';
import type { Logger } from '../../platform/monitoring/logger.ts';
import type { Cors } from '../http/cors.ts';
import type { AddressLimit } from './address-limit.ts';
import type { ClientAddresses } from './client-address.ts';

export interface UpgradeChecks {
  readonly cors: Cors;
  readonly perAddress: Pick<AddressLimit, 'enterForwarded'>;
  readonly addresses: ClientAddresses;
  readonly logger: Logger;
}

/** Answers `ws`: true, or the status of the refusal. */
type Verdict = (isAllowed: boolean, status?: number, message?: string) => void;

export interface UpgradeCheck {
  verify(info: { req: IncomingMessage }, answer: Verdict): void;
  /** From now on the process opens no more of them. */
  refuseAll(): void;
}

/** Decides whether a request may become a WebSocket. */
export function upgradeCheck({ cors, perAddress, addresses, logger }: UpgradeChecks): UpgradeCheck {
  const log = LimitedLog.of(logger);
  let isEnding = false;
  return {
    verify({ req }, answer) {
      if (isEnding) return answer(false, 503, 'This process ends');
      if (!cors.allowsUpgrade(req)) {
        const { origin, host } = req.headers;
        log.warn(
          { address: addresses.of(req), origin: origin?.slice(0, 200), host },
          'refused the origin of a WebSocket',
        );
        return answer(false, 403, 'This origin may not open a WebSocket');
      }
      const leave = perAddress.enterForwarded(req);
      if (leave === null) return answer(false, 429, 'Too many connections');
      req.socket.once('close', leave);
      answer(true);
    },
    refuseAll() {
      isEnding = true;
    },
  };
}
