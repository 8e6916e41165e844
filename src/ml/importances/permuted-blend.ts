import { type BlendModel, type Model, outputCount } from '../../runtime/model.ts';
import { blendOutputs, outputsFromSums } from '../../runtime/predict/predictions.ts';
import type { VariantSums } from './permutation.ts';

/** The outputs of a blend with shuffled columns, from the sums of its members. */
export class PermutedBlend implements VariantSums {
  readonly width: number;
  readonly batchRows: number;
  readonly #blend: BlendModel;
  readonly #labels: Model['labels'];
  readonly #members: readonly (VariantSums | null)[];
  readonly #variants: number;

  /** `members`: the sums of each, null for one that says the same of every row. `variants`: how many there are of a row. */
  constructor(model: Model, blend: BlendModel, members: readonly (VariantSums | null)[], variants: number) {
    this.width = outputCount(model);
    this.batchRows = Math.min(...members.flatMap((member) => (member === null ? [] : [member.batchRows])));
    this.#blend = blend;
    this.#labels = model.labels;
    this.#members = members;
    this.#variants = variants;
  }

  *sums(first: number, end: number): Generator<number, Float64Array> {
    const outputs: Float64Array[] = [];
    for (const [m, member] of this.#members.entries()) {
      const { model } = this.#blend.members[m]!;
      if (member === null) {
        outputs.push(this.#constant(model.kind === 'CONSTANT' ? model.outputs : new Float64Array(0), end - first));
        continue;
      }
      const adding = member.sums(first, end);
      let part = adding.next();
      for (; part.done !== true; part = adding.next()) yield (m + part.value) / this.#members.length;
      outputs.push(outputsFromSums(model, this.#labels, part.value));
    }
    return blendOutputs(this.#blend, this.#labels, (m) => outputs[m]!);
  }

  #constant(outputs: Float64Array, rows: number): Float64Array {
    const repeated = new Float64Array(rows * this.#variants * this.width);
    for (let at = 0; at < repeated.length; at += this.width) repeated.set(outputs, at);
    return repeated;
  }
}
