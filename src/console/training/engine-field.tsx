import type { TrainingEngine } from '../../client/core/index.ts';
import type { TrainingForm } from '../../client/react/index.ts';
import { SelectField } from '../ui/field.tsx';

const ENGINES: readonly (readonly [TrainingEngine | '', string])[] = [
  ['', 'Automatic'],
  ['LOCAL', 'This server'],
  ['DISTRIBUTED', 'Several hosts'],
];

/** What trains the model: only where hosts live that can train it together, or where somebody has chosen. */
export function EngineField({ form: { algorithm, values, setValues, errors } }: { readonly form: TrainingForm }) {
  const chosen = values.engine ?? '';
  const error = errors.byField['engine'];
  if (chosen === '' && error === undefined && !algorithm?.engines.includes('DISTRIBUTED')) return null;
  const messages = [error, errors.hints['engine']].filter((text) => text !== undefined);
  return (
    <SelectField
      label="Trained by"
      value={chosen}
      onChange={(engine) => setValues({ engine: engine === '' ? null : (engine as TrainingEngine) })}
      options={ENGINES}
      hint="Automatic: several hosts where the table is too large for one, else this server."
      error={messages.length === 0 ? null : messages.join(' ')}
    />
  );
}
