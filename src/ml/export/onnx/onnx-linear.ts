import { codeCount, isLinearCode, type LinearModel, type Model } from '../../../runtime/model.ts';
import { cycleOf } from '../../../runtime/values/date-parts.ts';
import { joinAsNumbers, type OnnxFeature } from './onnx-features.ts';
import { intAttribute, type OnnxGraph } from './onnx-graph.ts';

/** Adds the margins of a linear model, of shape [rows, margins]. */
export function addLinearMargins(
  graph: OnnxGraph,
  estimator: LinearModel,
  model: Model,
  encoded: readonly OnnxFeature[],
): string {
  const isCode = model.features.map(isLinearCode);
  const numbers = [...encoded.keys()].filter((i) => !isCode[i]);
  const codes = [...encoded.keys()].filter((i) => isCode[i]);
  const parts = [
    ...(numbers.length === 0 ? [] : [numberTerms(graph, estimator, numbers, encoded)]),
    ...(codes.length === 0 ? [] : [codeTerms(graph, estimator, model, codes, encoded)]),
  ];
  const intercepts = graph.doubles(estimator.intercepts, [1, estimator.marginCount]);
  return parts.reduce((sum, part) => graph.add('Add', [sum, part]), intercepts);
}

/** weight * (x - mean) / scale for numbers, the weight of "missing" for those that are. */
function numberTerms(
  graph: OnnxGraph,
  { marginCount, terms }: LinearModel,
  numbers: readonly number[],
  encoded: readonly OnnxFeature[],
): string {
  const of = (part: (term: LinearModel['terms'][number]) => readonly number[]) =>
    Float64Array.from(numbers.flatMap((i) => part(terms[i]!)));
  const columns = numbers.length;
  const values = joinAsNumbers(
    graph,
    numbers.map((i) => encoded[i]!),
  );
  const isMissing = graph.add('IsNaN', [values]);
  const means = graph.doubles(
    of(({ mean }) => [mean]),
    [1, columns],
  );
  const scales = graph.doubles(
    of(({ scale }) => [scale]),
    [1, columns],
  );
  const scaled = graph.add('Div', [graph.add('Sub', [values, means]), scales]);
  const known = graph.add('Where', [isMissing, graph.scalar(0), scaled]);
  const slopes = graph.doubles(
    of(({ weights }) => [...weights.subarray(0, marginCount)]),
    [columns, marginCount],
  );
  const missing = graph.doubles(
    of(({ weights }) => [...weights.subarray(marginCount)]),
    [columns, marginCount],
  );
  return graph.add('Add', [
    graph.add('MatMul', [known, slopes]),
    graph.add('MatMul', [graph.toDoubles(isMissing), missing]),
  ]);
}

/** The weights of the codes: those of all features in one table, in which those of each begin where the last one's end. */
function codeTerms(
  graph: OnnxGraph,
  { marginCount, terms }: LinearModel,
  { features }: Model,
  codes: readonly number[],
  encoded: readonly OnnxFeature[],
): string {
  let start = 0;
  const positions = codes.map((i) => {
    const feature = features[i]!;
    const { value } = encoded[i]!;
    const code =
      feature.kind === 'DATETIME' && feature.since === undefined
        ? partCode(graph, value, cycleOf(feature.part)?.first ?? 0, codeCount(feature))
        : value;
    const position = graph.add('Add', [code, graph.integers([start])]);
    start += terms[i]!.weights.length / marginCount;
    return position;
  });
  const table = graph.doubles(Float64Array.from(codes.flatMap((i) => [...terms[i]!.weights])), [start, marginCount]);
  const joined = graph.add('Concat', positions, [intAttribute('axis', 1)]);
  const weights = graph.add('Gather', [table, joined], [intAttribute('axis', 0)]);
  return graph.add('ReduceSum', [weights, graph.integers([1])], [intAttribute('keepdims', 0)]);
}

/** The code of a month, a weekday or an hour; the code after that of "other" for a missing one. */
function partCode(graph: OnnxGraph, part: string, first: number, count: number): string {
  const fromFirst = graph.add('Sub', [part, graph.scalar(first)]);
  const code = graph.add('Where', [graph.add('IsNaN', [part]), graph.scalar(count + 1), fromFirst]);
  return graph.toIntegers(code);
}
