import type { Algorithm } from '../../client/core/index.ts';
import { words } from '../ui/format.ts';

interface AlgorithmChoiceProps {
  readonly algorithms: readonly Algorithm[];
  /** Null where the server knows none of the name that was asked for. */
  readonly value: Algorithm['name'] | null;
  readonly onChange: (name: Algorithm['name']) => void;
}

export function AlgorithmChoice({ algorithms, value, onChange }: AlgorithmChoiceProps) {
  const sorted = [...algorithms].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  return (
    <fieldset>
      <legend>Algorithm</legend>
      <div className="choices">
        {sorted.map(({ name, description, isDefault }) => (
          <label key={name} className="choice">
            <input
              type="radio"
              name="algorithm"
              value={name}
              checked={value === name}
              onChange={() => onChange(name)}
            />
            <strong>
              {words(name)}
              {isDefault && <span className="muted">, the default</span>}
            </strong>
            <small>{description}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
