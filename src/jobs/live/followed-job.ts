/** The head of a job's row: enough to see whether there is something new to read. The whole row can be large. */
export interface JobHead {
  readonly id: string;
  /** The number of its last change. */
  readonly lastSeq: number;
}

/** What followers read of one kind of jobs, such as trainings. */
export interface JobTypes {
  readonly head: JobHead;
  readonly row: JobHead;
  /** One line of its history; never, where the kind keeps none. */
  readonly event: unknown;
}

/** A job, and the number of the last change that is known of it. */
export interface JobCursor {
  readonly id: string;
  readonly afterSeq: number;
}

/** A kind of jobs as its followers see it. */
export interface JobKind<Types extends JobTypes> {
  /** As users are told: `training run`. */
  readonly noun: string;
  /** Whether nothing more will happen to it. */
  isEnded(job: Types['head'] | Types['row']): boolean;
}
