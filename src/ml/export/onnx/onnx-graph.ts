import onnxProto from 'onnx-proto';
import { littleEndianBytes } from '../../../runtime/format/base64.ts';
import { MAX_MODEL_BYTES } from '../../../runtime/format/write-model-file.ts';
import { ModelExportError } from '../model-export-error.ts';

const { onnx } = onnxProto;

/** The versions of the operators: those that onnxruntime carries since 1.20, of 2024. */
const OPERATORS_VERSION = 18;
const ML_OPERATORS_VERSION = 5;
/** The version of the file's layout that came with them. */
const IR_VERSION = 9;

/** The domain of the operators of classical models. */
export const ML_DOMAIN = 'ai.onnx.ml';

const { DOUBLE, INT64, STRING, UINT8 } = onnx.TensorProto.DataType;
const { INT, INTS, STRINGS, TENSOR } = onnx.AttributeProto.AttributeType;

const TYPES = { double: DOUBLE, string: STRING } as const;

/** A size of a tensor: a number, or that of the rows. */
type Size = number | 'rows';

export type Attribute = onnxProto.onnx.IAttributeProto;

export function intAttribute(name: string, value: number): Attribute {
  return { name, type: INT, i: value };
}

export function intsAttribute(name: string, values: readonly number[]): Attribute {
  return { name, type: INTS, ints: [...values] };
}

export function stringsAttribute(name: string, values: readonly string[]): Attribute {
  return { name, type: STRINGS, strings: values.map((value) => new TextEncoder().encode(value)) };
}

export function doublesAttribute(name: string, values: Float64Array): Attribute {
  return { name, type: TENSOR, t: { dims: [values.length], dataType: DOUBLE, rawData: littleEndianBytes(values) } };
}

export function bytesAttribute(name: string, values: Uint8Array): Attribute {
  return { name, type: TENSOR, t: { dims: [values.length], dataType: UINT8, rawData: values } };
}

/**
 * An ONNX model that is built up: operators that turn named values into new ones. A value is a name; those of inputs and outputs
 * are given, all others are made up here.
 */
export class OnnxGraph {
  readonly #nodes: onnxProto.onnx.INodeProto[] = [];
  readonly #constants: onnxProto.onnx.ITensorProto[] = [];
  readonly #inputs: onnxProto.onnx.IValueInfoProto[] = [];
  readonly #outputs: onnxProto.onnx.IValueInfoProto[] = [];
  readonly #scalars = new Map<number, string>();
  readonly #inputNames: ReadonlySet<string>;
  #count = 0;

  /** `inputNames`: of all inputs that will be added; no other value is called so. */
  constructor(inputNames: ReadonlySet<string>) {
    this.#inputNames = inputNames;
  }

  /** Adds an input of one value for each row, of shape [rows, 1]. */
  addInput(name: string, type: keyof typeof TYPES): string {
    this.#inputs.push(valueInfo(name, type, ['rows', 1]));
    return name;
  }

  /** Adds an operator of one result. */
  add(operator: string, inputs: readonly string[], attributes: readonly Attribute[] = [], domain = ''): string {
    const output = this.#freshName();
    this.#nodes.push({ opType: operator, domain, input: [...inputs], output: [output], attribute: [...attributes] });
    return output;
  }

  /** Numbers or truth values as doubles. */
  toDoubles(value: string): string {
    return this.add('Cast', [value], [intAttribute('to', DOUBLE)]);
  }

  toIntegers(value: string): string {
    return this.add('Cast', [value], [intAttribute('to', INT64)]);
  }

  doubles(values: Float64Array, shape: readonly number[]): string {
    return this.#constant({ dims: [...shape], dataType: DOUBLE, rawData: littleEndianBytes(values) });
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant({ dims: [...shape], dataType: INT64, int64Data: [...values] });
  }

  strings(values: readonly string[]): string {
    const stringData = values.map((value) => new TextEncoder().encode(value));
    return this.#constant({ dims: [values.length], dataType: STRING, stringData });
  }

  /** A number that fits every shape. */
  scalar(value: number): string {
    // A map takes -0 for 0, which no model asks to be told apart.
    const name = this.#scalars.get(value) ?? this.doubles(Float64Array.of(value), []);
    this.#scalars.set(value, name);
    return name;
  }

  /** Makes a value an output. It is called `name`, with underscores behind it if an input is called so. */
  addOutput(name: string, value: string, type: keyof typeof TYPES, shape: readonly Size[]): void {
    let free = name;
    while (this.#inputNames.has(free)) free += '_';
    this.#nodes.push({ opType: 'Identity', input: [value], output: [free] });
    this.#outputs.push(valueInfo(free, type, shape));
  }

  /**
   * The file.
   *
   * @throws ModelExportError with TOO_LARGE
   */
  toBytes(metadata: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
    const model = onnx.ModelProto.create({
      irVersion: IR_VERSION,
      opsetImport: [
        { domain: '', version: OPERATORS_VERSION },
        { domain: ML_DOMAIN, version: ML_OPERATORS_VERSION },
      ],
      producerName: 'trainyard',
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: 'model',
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    const bytes = onnx.ModelProto.encode(model).finish();
    requireSize(bytes.length);
    return new Uint8Array(bytes);
  }

  #constant(tensor: onnxProto.onnx.ITensorProto): string {
    const name = this.#freshName();
    this.#constants.push({ ...tensor, name });
    return name;
  }

  #freshName(): string {
    for (;;) {
      const name = `v${this.#count++}`;
      if (!this.#inputNames.has(name)) return name;
    }
  }
}

/** @throws ModelExportError with TOO_LARGE where a file, or a part of it, has more bytes than a model file may have */
export function requireSize(bytes: number): void {
  if (bytes <= MAX_MODEL_BYTES) return;
  const limit = MAX_MODEL_BYTES / 2 ** 20;
  throw new ModelExportError(
    'TOO_LARGE',
    `the model would take more than ${limit} MB in this form: train a smaller one`,
  );
}

function valueInfo(name: string, type: keyof typeof TYPES, shape: readonly Size[]): onnxProto.onnx.IValueInfoProto {
  const dim = shape.map((size) => (size === 'rows' ? { dimParam: 'rows' } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}
