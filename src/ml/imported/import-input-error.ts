/** What was named for an import does not fit the model or the dataset; the message is for the user. */
export class ImportInputError extends Error {
  override readonly name = 'ImportInputError';
  /** Which of what was named: `features`. */
  readonly argument: 'task' | 'target' | 'labels' | 'features' | 'datasetId';
  readonly hint: string | null;

  constructor(argument: ImportInputError['argument'], message: string, hint: string | null) {
    super(message);
    this.argument = argument;
    this.hint = hint;
  }
}
