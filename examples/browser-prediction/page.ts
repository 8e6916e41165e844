/// <reference lib="dom" />
import { createRowPredictor, type Model, type Predictions, parseModel } from '../../src/runtime/index.ts';

/** A page that loads a model file, makes a form of the columns that the model reads, and predicts while one types. */

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${id}.`);
  return found;
}

const file = element('file', HTMLInputElement);
const form = element('form', HTMLFormElement);
const prediction = element('prediction', HTMLOutputElement);
const error = element('error', HTMLParagraphElement);

file.addEventListener('change', () => void load());

async function load(): Promise<void> {
  form.replaceChildren();
  prediction.value = '';
  error.textContent = '';
  try {
    const text = await file.files?.item(0)?.text();
    if (text !== undefined) showForm(parseModel(text));
  } catch (cause) {
    error.textContent = cause instanceof Error ? cause.message : String(cause);
  }
}

function showForm(model: Model): void {
  const predict = createRowPredictor(model);
  const names = [...new Set(model.features.map(({ name }) => name))];
  form.replaceChildren(...names.map((name) => fieldOf(model, name)));
  const show = () => {
    const values = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value || null]));
    prediction.value = `${model.target}: ${textOf(predict(values))}`;
  };
  form.oninput = show;
  show();
}

/** A field for a column, which suggests its categories, or says what the training rows had. */
function fieldOf({ features, profile }: Model, name: string): HTMLLabelElement {
  const input = Object.assign(document.createElement('input'), { name });
  const label = document.createElement('label');
  label.append(name, input);
  const feature = features.find((candidate) => candidate.name === name);
  if (feature?.kind === 'CATEGORY') {
    const list = Object.assign(document.createElement('datalist'), { id: `values-of-${name}` });
    list.append(...feature.categories.map((value) => Object.assign(document.createElement('option'), { value })));
    input.setAttribute('list', list.id);
    label.append(list);
  }
  const column = profile?.find((candidate) => candidate.name === name);
  if (column?.kind === 'NUMERIC' && column.range !== null) {
    input.placeholder = `${column.range.min} to ${column.range.max}`;
  }
  return label;
}

function textOf(predictions: Predictions): string {
  if (predictions.task === 'REGRESSION') return String(predictions.values[0]);
  const { labels, probabilities, predicted } = predictions;
  const best = predicted[0] ?? 0;
  return `${labels[best]} (${((probabilities[best] ?? 0) * 100).toFixed(1)} %)`;
}
