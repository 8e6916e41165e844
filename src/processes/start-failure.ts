/** Why a process could not start, for an operator: one line that says what is wrong and what to do about it. */
export interface StartFailure {
  /** Stable, so that a supervisor's rules need not read the message. */
  readonly failure: string;
  readonly message: string;
}
