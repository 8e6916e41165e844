/** Why a run ended. */
export const END_REASONS = ['COMPLETED', 'EARLY_STOPPING', 'TIME_BUDGET', 'STOPPED', 'CANCELLED', 'FAILED'] as const;
export type EndReason = (typeof END_REASONS)[number];
