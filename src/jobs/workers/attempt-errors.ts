/** A job was cancelled, taken over by another attempt, or ended: nothing more may be written by this one. */
export class ClaimLostError extends Error {}

/** The worker shuts down: the job continues elsewhere. */
export class InterruptedError extends Error {}
