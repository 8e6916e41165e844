import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PLAN_VERSION, type SearchPlan } from '../../../src/ml/auto/plan/executed-plan.ts';
import { PlanError, parseSearchPlan } from '../../../src/ml/auto/plan/parse-plan.ts';
import { LEARNER_NAMES, type LearnerName } from '../../../src/ml/learners/learner-names.ts';
import { LEARNERS } from '../../../src/ml/learners/learners.ts';
import { resolveSpecs } from '../../../src/ml/parameters/resolve-specs.ts';
import { errorOf } from '../../support/error-of.ts';

function parametersOf(algorithm: LearnerName, seed: number) {
  const specs = LEARNERS[algorithm].parameters;
  return resolveSpecs(specs, specs.some(({ name }) => name === 'seed') ? { seed } : {});
}

/** Plans that are in order. */
const plans: fc.Arbitrary<SearchPlan> = fc
  .record({
    folds: fc.integer({ min: 2, max: 20 }),
    isHoldOut: fc.boolean(),
    tried: fc.uniqueArray(
      fc.record({
        name: fc.string({ minLength: 1, maxLength: 200 }),
        algorithm: fc.constantFrom(...LEARNER_NAMES),
        seed: fc.integer({ min: 0, max: 1_000 }),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        count: fc.integer({ min: 0, max: 40 }),
        rounds: fc.integer({ min: 1, max: 10_000 }),
        temperature: fc.option(fc.double({ min: 0.01, max: 100, noNaN: true })),
      }),
      { minLength: 1, maxLength: 8, selector: ({ name }) => name },
    ),
  })
  .filter(({ tried }) => tried.some(({ count }) => count > 0))
  .map(({ folds, isHoldOut, tried }) => {
    const total = tried.reduce((sum, { count }) => sum + count, 0);
    const candidates = tried.map(({ name, algorithm, seed, share }) => ({
      ...{ name, algorithm, parameters: parametersOf(algorithm, seed) },
      foldsDone: Math.round(share * (isHoldOut ? 1 : folds)),
    }));
    const members = tried
      .filter(({ count }) => count > 0)
      .map(({ name, algorithm, count, rounds, temperature }) => {
        const isBoosting = algorithm === 'GRADIENT_BOOSTING';
        const own = { rounds: isBoosting ? rounds : null, temperature: isBoosting ? temperature : null };
        return { candidate: name, weight: count / total, ...own };
      });
    return { version: PLAN_VERSION, folds, isHoldOut, candidates, members };
  });

test('a plan that went through JSON is the same plan', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      expect(parseSearchPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    }),
  );
});

test('whatever is given in place of a part of a plan, it is a plan, or refused by a message', () => {
  const changed = fc.tuple(plans, fc.jsonValue(), fc.nat()).map(([plan, value, place]) => {
    const copy = JSON.parse(JSON.stringify(plan)) as Record<string, unknown>;
    const holders = holdersIn(copy);
    const { holder, key } = holders[place % holders.length]!;
    holder[key] = value;
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(changed, fc.anything()), (given) => {
      const parsed = parsedOrRefusal(given);
      expect(parsed instanceof PlanError ? parsed : parseSearchPlan(parsed)).toEqual(parsed);
    }),
  );
});

/** Other errors are thrown. */
function parsedOrRefusal(given: unknown): SearchPlan | PlanError {
  try {
    return parseSearchPlan(given);
  } catch (error) {
    if (error instanceof PlanError) return error;
    throw error;
  }
}

/** Every place of a value of JSON that can be given another one. */
function holdersIn(value: unknown): { readonly holder: Record<string, unknown>; readonly key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...holdersIn(holder[key])]);
}

const LINEAR = { name: 'Linear', algorithm: 'LINEAR', parameters: {}, foldsDone: 3 };
const BOOSTING = { name: 'Boosting', algorithm: 'GRADIENT_BOOSTING', parameters: {}, foldsDone: 3 };
const PLAN = {
  version: PLAN_VERSION,
  ...{ folds: 3, isHoldOut: false, candidates: [LINEAR, BOOSTING] },
  members: [
    { candidate: 'Boosting', weight: 0.75, rounds: 40, temperature: 1.2 },
    { candidate: 'Linear', weight: 0.25, rounds: null, temperature: null },
  ],
};
const [FIRST, SECOND] = PLAN.members;

const withCandidate = (change: object) => ({ ...PLAN, candidates: [LINEAR, { ...BOOSTING, ...change }] });
const withMember = (change: object) => ({ ...PLAN, members: [{ ...FIRST, ...change }, SECOND] });

const REFUSALS: readonly (readonly [given: unknown, message: string])[] = [
  [null, 'the plan must be an object'],
  [[PLAN], 'the plan must be an object'],
  ['plan', 'the plan must be an object'],
  [{ ...PLAN, version: 2 }, 'version must be 1'],
  [{ ...PLAN, version: '1' }, 'version must be 1'],
  [{ ...PLAN, folds: 1 }, 'folds must be a whole number from 2 to 20'],
  [{ ...PLAN, folds: 21 }, 'folds must be a whole number from 2 to 20'],
  [{ ...PLAN, folds: 2.5 }, 'folds must be a whole number from 2 to 20'],
  [{ ...PLAN, isHoldOut: 1 }, 'isHoldOut must be true or false'],
  [{ ...PLAN, candidates: [] }, 'candidates must be a list of 1 to 100'],
  [{ ...PLAN, candidates: LINEAR }, 'candidates must be a list of 1 to 100'],
  [{ ...PLAN, candidates: Array.from({ length: 101 }, () => LINEAR) }, 'candidates must be a list of 1 to 100'],
  [{ ...PLAN, candidates: [LINEAR, 'Boosting'] }, 'candidates[1] must be an object'],
  [{ ...PLAN, candidates: [LINEAR, LINEAR] }, 'candidates[1].name is that of candidates[0] too'],
  [withCandidate({ name: '' }), 'candidates[1].name must be a text of 1 to 200 characters'],
  [withCandidate({ name: 'x'.repeat(201) }), 'candidates[1].name must be a text of 1 to 200 characters'],
  [withCandidate({ name: 7 }), 'candidates[1].name must be a text of 1 to 200 characters'],
  [withCandidate({ algorithm: 'AUTO' }), `candidates[1].algorithm must be one of ${LEARNER_NAMES.join(', ')}`],
  [withCandidate({ parameters: null }), 'candidates[1].parameters must be an object'],
  [
    withCandidate({ parameters: { l2: 1, flies: true } }),
    'candidates[1].parameters: GRADIENT_BOOSTING does not take flies',
  ],
  [
    withCandidate({ parameters: { trees: -1 } }),
    'candidates[1].parameters: trees must be a whole number from 1 to 10000; got -1',
  ],
  [withCandidate({ foldsDone: 4 }), 'candidates[1].foldsDone must be a whole number from 0 to 3'],
  [{ ...PLAN, isHoldOut: true }, 'candidates[0].foldsDone must be a whole number from 0 to 1'],
  [{ ...PLAN, members: [] }, 'members must be a list of 1 to 40'],
  [{ ...PLAN, members: Array.from({ length: 41 }, () => FIRST) }, 'members must be a list of 1 to 40'],
  [{ ...PLAN, members: [FIRST, null] }, 'members[1] must be an object'],
  [{ ...PLAN, members: [FIRST, { ...FIRST, weight: 0.25 }] }, 'members[1].candidate is that of members[0] too'],
  [withMember({ candidate: 'Forest' }), 'members[0].candidate must be the name of a candidate'],
  [withMember({ weight: 0 }), 'members[0].weight must be above 0 and at most 1'],
  [withMember({ weight: '0.75' }), 'members[0].weight must be above 0 and at most 1'],
  [withMember({ weight: 0.7 }), 'members must have weights that sum to 1, not to 0.95'],
  [withMember({ rounds: 0 }), 'members[0].rounds must be a whole number from 1 to 10000'],
  [withMember({ rounds: 10_001 }), 'members[0].rounds must be a whole number from 1 to 10000'],
  [withMember({ temperature: 0 }), 'members[0].temperature must be from 0.01 to 100, or null'],
  [withMember({ temperature: '1' }), 'members[0].temperature must be from 0.01 to 100, or null'],
];

test.each(REFUSALS.map(([given, message]) => ({ given, message })))(
  'a refusal says what is wrong, and where: $message',
  ({ given, message }) => {
    const error = errorOf(() => parseSearchPlan(given));
    expect(error).toBeInstanceOf(PlanError);
    expect(error).toHaveProperty('message', message);
  },
);
