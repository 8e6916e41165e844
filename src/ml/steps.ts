/** Does the steps of a part of the work: yields what `report` makes of each, and returns what the part returns. */
export function* mapSteps<Step, Result, Reported>(
  part: Generator<Step, Result>,
  report: (step: Step) => Reported,
): Generator<Reported, Result> {
  let step = part.next();
  for (; !step.done; step = part.next()) yield report(step.value);
  return step.value;
}

/** Does all steps of quick work at once; returns what it returns. */
export function runToEnd<Result>(work: Generator<unknown, Result>): Result {
  let step = work.next();
  while (!step.done) step = work.next();
  return step.value;
}
