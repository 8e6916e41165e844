import { badInput } from '../../errors.ts';
import type { ModelDescription, RowPrediction } from '../loaded-model.ts';
import type { Predicted } from '../prediction.service.ts';
import { type JsonObject, listAt, objectAt, rowOf } from './json-body.ts';

/**
 * The JSON of the Open Inference Protocol (KServe's predict protocol, version 2): one tensor for each column, of one value for
 * each row.
 */

/** The datatypes of the protocol that a column can come as. */
const NUMBER_TYPES = ['FP64', 'FP32', 'INT64', 'INT32', 'INT16', 'INT8', 'UINT64', 'UINT32', 'UINT16', 'UINT8'];
const DATATYPES = [...NUMBER_TYPES, 'BOOL', 'BYTES'];

/** Any number of rows. */
const ANY_ROWS = -1;

/** The metadata of a model: `GET /v2/models/{id}`. */
export function modelMetadata(id: string, { inputs, labels, hasInterval }: ModelDescription): object {
  return {
    name: id,
    versions: [],
    platform: 'trainyard',
    inputs: inputs.map(({ name, kind }) => ({
      name,
      datatype: kind === 'NUMERIC' ? 'FP64' : 'BYTES',
      shape: [ANY_ROWS],
    })),
    outputs:
      labels === null
        ? ['value', ...(hasInterval ? ['low', 'high'] : [])].map((name) => ({
            name,
            datatype: 'FP64',
            shape: [ANY_ROWS],
          }))
        : [
            { name: 'label', datatype: 'BYTES', shape: [ANY_ROWS] },
            { name: 'probabilities', datatype: 'FP64', shape: [ANY_ROWS, labels.length] },
          ],
  };
}

export interface InferenceRequest {
  readonly id: string | null;
  readonly rows: readonly JsonObject[];
  /** The names of the outputs that are asked for; null for all. */
  readonly outputs: readonly string[] | null;
}

/** The rows of an inference request. A null in a tensor is a missing value. Throws BAD_USER_INPUT. */
export function parseInferenceRequest(body: unknown): InferenceRequest {
  const { id, inputs, outputs } = objectAt(body, 'body');
  const tensors = listAt(inputs, 'inputs').map((tensor, index) => parseTensor(tensor, `inputs[${index}]`));
  const [first] = tensors;
  if (first === undefined) throw badInput('inputs', 'inputs must have a tensor for each column.');
  const names = tensors.map(({ name }) => name);
  tensors.forEach(({ values }, index) => {
    if (values.length === first.values.length) return;
    throw badInput(`inputs[${index}].shape`, `All tensors must have ${first.values.length} rows.`);
  });
  const rows = first.values.map((_, row) =>
    rowOf(
      names,
      tensors.map(({ values }) => values[row]),
    ),
  );
  return { id: typeof id === 'string' ? id : null, rows, outputs: outputs === undefined ? null : outputNames(outputs) };
}

function outputNames(outputs: unknown): readonly string[] {
  return listAt(outputs, 'outputs').map((output, index) => {
    const { name } = objectAt(output, `outputs[${index}]`);
    if (typeof name !== 'string') throw badInput(`outputs[${index}].name`, 'An output must have a name.');
    return name;
  });
}

interface Tensor {
  readonly name: string;
  readonly values: readonly unknown[];
}

/** One value for each row: of the shape [rows] or [rows, 1]. */
function parseTensor(tensor: unknown, path: string): Tensor {
  const { name, datatype, shape, data } = objectAt(tensor, path);
  if (typeof name !== 'string') throw badInput(`${path}.name`, 'A tensor must have the name of a column.');
  if (typeof datatype !== 'string' || !DATATYPES.includes(datatype)) {
    throw badInput(`${path}.datatype`, `The datatype must be one of ${DATATYPES.join(', ')}.`);
  }
  const [rows, width = 1, ...others] = listAt(shape, `${path}.shape`);
  if (!Number.isInteger(rows) || width !== 1 || others.length > 0) {
    throw badInput(`${path}.shape`, 'The shape must be [rows] or [rows, 1].');
  }
  const values = listAt(data, `${path}.data`).flat();
  if (values.length !== rows) {
    throw badInput(`${path}.data`, `The shape says ${String(rows)} values; there are ${values.length}.`);
  }
  for (const [index, value] of values.entries()) checkValue(value, datatype, `${path}.data[${index}]`);
  return { name, values };
}

function checkValue(value: unknown, datatype: string, path: string): void {
  if (value === null) return;
  const wanted = NUMBER_TYPES.includes(datatype) ? 'number' : datatype === 'BOOL' ? 'boolean' : 'string';
  if (typeof value === wanted) return;
  throw badInput(path, `A value of a tensor of ${datatype} must be a ${wanted} or null.`);
}

/** The answer to an inference request. Throws BAD_USER_INPUT for an output that the model does not have. */
export function inferenceResponse(modelName: string, { id, outputs }: InferenceRequest, predicted: Predicted): object {
  const all = outputTensors(predicted);
  const wanted = outputs ?? all.map(({ name }) => name);
  return {
    model_name: modelName,
    ...(id === null ? {} : { id }),
    outputs: wanted.map((name, index) => {
      const tensor = all.find((each) => each.name === name);
      if (tensor !== undefined) return tensor;
      throw badInput(`outputs[${index}].name`, `The model has the outputs ${all.map((each) => each.name).join(', ')}.`);
    }),
  };
}

function outputTensors({ labels, hasInterval, predictions }: Predicted) {
  const rows = predictions.length;
  const tensor = (name: string, datatype: string, shape: readonly number[], of: (row: RowPrediction) => unknown) => {
    return { name, datatype, shape, data: predictions.flatMap(of) };
  };
  if (labels === null) {
    const value = tensor('value', 'FP64', [rows], (row) => row.value);
    if (!hasInterval) return [value];
    return [value, tensor('low', 'FP64', [rows], ({ low }) => low), tensor('high', 'FP64', [rows], ({ high }) => high)];
  }
  return [
    tensor('label', 'BYTES', [rows], ({ label }) => label),
    tensor('probabilities', 'FP64', [rows, labels.length], ({ probabilities }) => probabilities),
  ];
}
