import type { Algorithm } from '../../client/core/index.ts';
import { words } from '../ui/format.ts';
import { SUGGESTED_ALGORITHM } from './form-address.ts';

interface AlgorithmChoiceProps {
  readonly algorithms: readonly Algorithm[];
  /** Null where the server knows none of the name that was asked for. */
  readonly value: Algorithm['name'] | null;
  readonly onChange: (name: Algorithm['name']) => void;
}

export function AlgorithmChoice({ algorithms, value, onChange }: AlgorithmChoiceProps) {
  const first =
    algorithms.find(({ name }) => name === SUGGESTED_ALGORITHM) ?? algorithms.find(({ isDefault }) => isDefault);
  const sorted = [...new Set([...(first === undefined ? [] : [first]), ...algorithms])];
  return (
    <fieldset>
      <legend>Algorithm</legend>
      <div className="choices">
        {sorted.map(({ name, description }) => (
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
              {name === first?.name && <span className="muted">, the default</span>}
            </strong>
            <small>{description}</small>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
