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

/** The plan that a user gives, every part of it checked. Throws PlanError, whose message begins with the part that is wrong. */
export function parseSearchPlan(given: unknown): SearchPlan {
  const { version, folds, isHoldOut, candidates, members, temperature } = objectOf(given, 'the plan');
  if (version !== PLAN_VERSION) throw new PlanError(`version must be ${PLAN_VERSION}`);
  const count = wholeNumber(folds, 2, MAX_FOLDS, 'folds');
  if (typeof isHoldOut !== 'boolean') throw new PlanError('isHoldOut must be true or false');
  const tried: PlannedCandidate[] = [];
  for (const [i, each] of listOf(candidates, MAX_CANDIDATES, 'candidates').entries()) {
    const candidate = parseCandidate(each, isHoldOut ? 1 : count, `candidates[${i}]`);
    refuseTwice(
      tried.findIndex(({ name }) => name === candidate.name),
      `candidates[${i}].name`,
      'candidates',
    );
    tried.push(candidate);
  }
  const blended: PlannedMember[] = [];
  for (const [i, each] of listOf(members, MAX_MEMBERS, 'members').entries()) {
    const member = parseMember(each, tried, `members[${i}]`);
    const before = blended.findIndex(({ candidate }) => candidate === member.candidate);
    refuseTwice(before, `members[${i}].candidate`, 'members');
    blended.push(member);
  }
  const total = blended.reduce((sum, { weight }) => sum + weight, 0);
  if (Math.abs(total - 1) > ROUNDING) throw new PlanError(`members must have weights that sum to 1, not to ${total}`);
  const ofBlend = temperature === undefined ? {} : { temperature: parseTemperature(temperature, 'temperature') ?? 1 };
  return { version, folds: count, isHoldOut, candidates: tried, members: blended, ...ofBlend };
}

function refuseTwice(before: number, where: string, list: string): void {
  if (before >= 0) throw new PlanError(`${where} is that of ${list}[${before}] too`);
}

function parseCandidate(given: unknown, folds: number, where: string): PlannedCandidate {
  const { name, algorithm, parameters, foldsDone } = objectOf(given, where);
  if (typeof name !== 'string' || name.length < 1 || name.length > MAX_NAME) {
    throw new PlanError(`${where}.name must be a text of 1 to ${MAX_NAME} characters`);
  }
  const learner = LEARNER_NAMES.find((each) => each === algorithm);
  if (learner === undefined) throw new PlanError(`${where}.algorithm must be one of ${LEARNER_NAMES.join(', ')}`);
  return {
    name,
    algorithm: learner,
    parameters: parseParameters(learner, parameters, `${where}.parameters`),
    foldsDone: wholeNumber(foldsDone, 0, folds, `${where}.foldsDone`),
  };
}

function parseParameters(learner: LearnerName, given: unknown, where: string): PlannedCandidate['parameters'] {
  const values = objectOf(given, where);
  const { parameters: specs } = LEARNERS[learner];
  const unknown = Object.keys(values).find((key) => !specs.some(({ name }) => name === key));
  if (unknown !== undefined) throw new PlanError(`${where}: ${learner} does not take ${unknown.slice(0, 50)}`);
  try {
    return resolveSpecs(specs, values);
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error;
    throw new PlanError(`${where}: ${error.message}`);
  }
}

function parseMember(given: unknown, candidates: readonly PlannedCandidate[], where: string): PlannedMember {
  const { candidate, weight, rounds, temperature } = objectOf(given, where);
  const tried = candidates.find(({ name }) => name === candidate);
  if (tried === undefined) throw new PlanError(`${where}.candidate must be the name of a candidate`);
  if (typeof weight !== 'number' || !(weight > 0 && weight <= 1)) {
    throw new PlanError(`${where}.weight must be above 0 and at most 1`);
  }
  const isBoosting = tried.algorithm === 'GRADIENT_BOOSTING';
  return {
    candidate: tried.name,
    weight,
    rounds: isBoosting && rounds !== null ? wholeNumber(rounds, 1, MAX_ROUNDS, `${where}.rounds`) : null,
    temperature: isBoosting ? parseTemperature(temperature, `${where}.temperature`) : null,
  };
}

function parseTemperature(given: unknown, where: string): number | null {
  if (given === null) return null;
  if (typeof given === 'number' && given >= MIN_TEMPERATURE && given <= MAX_TEMPERATURE) return given;
  throw new PlanError(`${where} must be from ${MIN_TEMPERATURE} to ${MAX_TEMPERATURE}, or null`);
}

function objectOf(given: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new PlanError(`${where} must be an object`);
  }
  return Object.fromEntries(Object.entries(given));
}

function listOf(given: unknown, most: number, where: string): readonly unknown[] {
  if (Array.isArray(given) && given.length >= 1 && given.length <= most) return given;
  throw new PlanError(`${where} must be a list of 1 to ${most}`);
}

function wholeNumber(given: unknown, least: number, most: number, where: string): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= least && given <= most) return given;
  throw new PlanError(`${where} must be a whole number from ${least} to ${most}`);
}
