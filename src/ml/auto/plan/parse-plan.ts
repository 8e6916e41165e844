import { LEARNER_NAMES, type LearnerName } from '../../learners/learner-names.ts';
import { LEARNERS } from '../../learners/learners.ts';
import { ParameterError, resolveSpecs } from '../../parameters/resolve-specs.ts';
import { PLAN_VERSION, type PlannedCandidate, type PlannedMember, type SearchPlan } from './executed-plan.ts';

/** What is given is no plan; the message is for the user. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

const MAX_CANDIDATES = 100;
const MAX_MEMBERS = 40;
const MAX_FOLDS = 20;
const MAX_ROUNDS = 10_000;
const MAX_NAME = 200;
const MIN_TEMPERATURE = 0.01;
const MAX_TEMPERATURE = 100;

/** Sums of weights that went through JSON err by no more. */
const ROUNDING = 1e-9;

/** The plan that a user gives, every part of it checked. Throws PlanError. */
export function parseSearchPlan(given: unknown): SearchPlan {
  const { version, folds, isHoldOut, candidates, members } = objectOf(given, 'the plan');
  if (version !== PLAN_VERSION) throw new PlanError(`the plan must have the version ${PLAN_VERSION}`);
  const count = wholeNumber(folds, 2, MAX_FOLDS, 'folds');
  if (typeof isHoldOut !== 'boolean') throw new PlanError('isHoldOut must be true or false');
  const tried = listOf(candidates, MAX_CANDIDATES, 'candidates').map((each) =>
    parseCandidate(each, isHoldOut ? 1 : count),
  );
  if (new Set(tried.map(({ name }) => name)).size < tried.length) {
    throw new PlanError('two candidates have the same name');
  }
  const blended = listOf(members, MAX_MEMBERS, 'members').map((each) => parseMember(each, tried));
  const total = blended.reduce((sum, { weight }) => sum + weight, 0);
  if (Math.abs(total - 1) > ROUNDING) throw new PlanError('the weights of the members must sum to 1');
  return { version, folds: count, isHoldOut, candidates: tried, members: blended };
}

function parseCandidate(given: unknown, folds: number): PlannedCandidate {
  const { name, algorithm, parameters, foldsDone } = objectOf(given, 'a candidate');
  if (typeof name !== 'string' || name.length < 1 || name.length > MAX_NAME) {
    throw new PlanError(`the name of a candidate must have 1 to ${MAX_NAME} characters`);
  }
  const learner = LEARNER_NAMES.find((each) => each === algorithm);
  if (learner === undefined) {
    throw new PlanError(`the algorithm of a candidate must be one of ${LEARNER_NAMES.join(', ')}`);
  }
  return {
    name,
    algorithm: learner,
    parameters: parseParameters(learner, objectOf(parameters, 'the parameters of a candidate')),
    foldsDone: wholeNumber(foldsDone, 0, folds, 'foldsDone'),
  };
}

function parseParameters(
  learner: LearnerName,
  given: Readonly<Record<string, unknown>>,
): PlannedCandidate['parameters'] {
  const { parameters: specs } = LEARNERS[learner];
  const unknown = Object.keys(given).find((key) => !specs.some(({ name }) => name === key));
  if (unknown !== undefined) throw new PlanError(`${learner} does not take ${unknown.slice(0, 50)}`);
  try {
    return resolveSpecs(specs, given);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new PlanError(error.message);
  }
}

function parseMember(given: unknown, candidates: readonly PlannedCandidate[]): PlannedMember {
  const { candidate, weight, rounds, temperature } = objectOf(given, 'a member');
  const tried = candidates.find(({ name }) => name === candidate);
  if (tried === undefined) throw new PlanError('each member must name a candidate');
  if (typeof weight !== 'number' || !(weight > 0 && weight <= 1)) {
    throw new PlanError('the weight of a member must be above 0 and at most 1');
  }
  const isOutside =
    typeof temperature === 'number' && !(temperature >= MIN_TEMPERATURE && temperature <= MAX_TEMPERATURE);
  if (isOutside || !(temperature === null || typeof temperature === 'number')) {
    throw new PlanError(`the temperature of a member must be from ${MIN_TEMPERATURE} to ${MAX_TEMPERATURE}, or null`);
  }
  const isBoosting = tried.algorithm === 'GRADIENT_BOOSTING';
  return {
    candidate: tried.name,
    weight,
    rounds: isBoosting ? wholeNumber(rounds, 1, MAX_ROUNDS, 'the rounds of a boosting') : null,
    temperature: isBoosting ? temperature : null,
  };
}

function objectOf(given: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PlanError(`${what} must be an object`);
  }
  return Object.fromEntries(Object.entries(given));
}

function listOf(given: unknown, most: number, what: string): readonly unknown[] {
  if (Array.isArray(given) && given.length >= 1 && given.length <= most) return given;
  throw new PlanError(`${what} must be a list of 1 to ${most}`);
}

function wholeNumber(given: unknown, least: number, most: number, what: string): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most) return given;
  throw new PlanError(`${what} must be a whole number from ${least} to ${most}`);
}
