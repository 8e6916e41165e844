import type { LeafPenalty } from './newton-step.ts';

/** What a side with these sums gains: T(G)^2 / (H + l2), where T takes l1 off the size of G, and no more than all of it. */
export function scoreOf(gradient: number, hessian: number, { l1, l2 }: LeafPenalty): number {
  const size = Math.max(Math.abs(gradient) - l1, 0);
  return (size * size) / (hessian + l2);
}
