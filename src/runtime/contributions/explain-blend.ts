import { type BlendModel, type MemberModel, type Model, marginCountOf, outputCount } from '../model.ts';
import { blendOutputs, outputsFromSums } from '../predict/predictions.ts';
import type { BoundExplainer } from './explain-member.ts';

/** Points of the integral below: enough for five digits where a margin moves by 10. */
const POINTS = 32;

/** What the members of a blend are explained by, for one row: of each member, and each of its scores, a number. */
interface MemberScores {
  /** Where nothing is known of the row. */
  readonly bases: Float64Array;
  /** What the features add to the base. */
  readonly totals: Float64Array;
  /** For each score what each feature adds: they sum to the total. */
  readonly values: readonly Float64Array[];
}

/**
 * Contributions to a blend's value or probability, from its members' own. A member has scores, to which its features' contributions
 * sum: margins, probabilities or a value; of two labels that of the second alone. All members go together in a straight line from
 * their bases to what they say of the row; what the blend gains on the way is divided among the scores by how much each moves it,
 * and a score's part among the features in proportion to their contributions to it (Aumann and Shapley 1974; "integrated
 * gradients": Sundararajan, Taly and Yan 2017). Of a regression that is the weighted sum of the members' contributions. What the
 * sum over POINTS lacks of the integral is divided in proportion, so that base and contributions sum to the output.
 *
 * Null where a member cannot be explained.
 */
export function explainBlend(
  model: Model,
  blend: BlendModel,
  explainers: readonly (BoundExplainer | null)[],
): BoundExplainer | null {
  const { labels, features } = model;
  const outputs = outputCount(model);
  const scoreCount = marginCountOf(outputs);
  const members = explainers.filter((explainer) => explainer !== null);
  if (members.length < explainers.length) return null;
  const steps = members.map(({ stepsPerRow }, m) =>
    hasMargins(blend.members[m]!.model) ? stepsPerRow : stepsPerRow * scoreCount,
  );
  return {
    stepsPerRow: steps.reduce((sum, each) => sum + each + POINTS * (scoreCount * features.length + outputs), 0),
    explain: (output, values) => {
      const scores = members.map(({ explain }) => scoresOf(explain, scoreCount, outputs, features.length));
      /** What the blend says where the members are that part of the way. */
      const outputsAt = (part: number, parts: Float64Array[] = []): Float64Array =>
        blendOutputs(blend, labels, (m) => {
          parts[m] = memberOutputs(blend.members[m]!.model, labels, scores[m]!, part);
          return parts[m];
        });
      const base = outputsAt(0)[output]!;
      const gained = outputsAt(1)[output]! - base;
      for (let point = 0; point < POINTS; point++) {
        const parts: Float64Array[] = [];
        const blended = outputsAt((point + 0.5) / POINTS, parts);
        const untempered = blendOutputs({ ...blend, temperature: 1 }, labels, (m) => parts[m]!);
        const slopes = outputSlopes(blended, untempered, blend.temperature, output);
        for (const [m, { weight, model: member }] of blend.members.entries()) {
          const ofScores = scoreSlopes(member, parts[m]!, slopes);
          for (const [s, added] of scores[m]!.values.entries()) {
            for (let f = 0; f < values.length; f++) values[f]! += (weight * ofScores[s]! * added[f]!) / POINTS;
          }
        }
      }
      return base + shareRest(values, gained);
    },
  };
}

function hasMargins(member: MemberModel): boolean {
  return member.kind === 'LINEAR' || (member.kind === 'TREES' && member.combine !== 'LEAVES');
}

function scoresOf(
  explain: BoundExplainer['explain'],
  scoreCount: number,
  outputs: number,
  featureCount: number,
): MemberScores {
  const bases = new Float64Array(scoreCount);
  const totals = new Float64Array(scoreCount);
  const values = Array.from(bases, (_, s) => {
    const added = new Float64Array(featureCount);
    bases[s] = explain(outputs === 2 ? 1 : s, added);
    totals[s] = added.reduce((sum, each) => sum + each, 0);
    return added;
  });
  return { bases, totals, values };
}

function memberOutputs(
  member: MemberModel,
  labels: Model['labels'],
  { bases, totals }: MemberScores,
  part: number,
): Float64Array {
  const scores = bases.map((base, s) => base + part * totals[s]!);
  if (labels?.length === 2 && !hasMargins(member)) return Float64Array.of(1 - scores[0]!, scores[0]!);
  return outputsFromSums(member, labels, scores);
}

/** How much an output of the blend moves with each of the members' weighted outputs. */
function outputSlopes(
  blended: Float64Array,
  untempered: Float64Array,
  temperature: number,
  output: number,
): Float64Array {
  return blended.map((each, k) => {
    const own = Number(k === output);
    if (temperature === 1) return own;
    return untempered[k]! > 0 ? (blended[output]! * (own - each)) / (temperature * untempered[k]!) : 0;
  });
}

/** How much it moves with each score of a member that has these outputs; `slopes`: with each of the outputs. */
function scoreSlopes(member: MemberModel, outputs: Float64Array, slopes: Float64Array): Float64Array {
  if (outputs.length === 1) {
    const isExponential = (member.kind === 'TREES' || member.kind === 'LINEAR') && member.combine === 'EXP_MARGINS';
    return Float64Array.of(isExponential ? outputs[0]! : 1);
  }
  if (outputs.length === 2) {
    const slope = slopes[1]! - slopes[0]!;
    return Float64Array.of(hasMargins(member) ? slope * outputs[0]! * outputs[1]! : slope);
  }
  if (!hasMargins(member)) return slopes;
  const mean = outputs.reduce((sum, each, k) => sum + each * slopes[k]!, 0);
  return outputs.map((each, k) => each * (slopes[k]! - mean));
}

/** Makes the values sum to `gained`, by changes in proportion to them; returns what is left where all are 0. */
function shareRest(values: Float64Array, gained: number): number {
  const rest = gained - values.reduce((sum, each) => sum + each, 0);
  const size = values.reduce((sum, each) => sum + Math.abs(each), 0);
  if (size === 0) return rest;
  for (let f = 0; f < values.length; f++) values[f]! += (rest * Math.abs(values[f]!)) / size;
  return 0;
}
