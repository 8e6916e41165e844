import type { AlgorithmsQuery } from '../gql/graphql.ts';
import { words } from '../ui/format.ts';

interface AlgorithmChoiceProps {
  readonly algorithms: NonNullable<AlgorithmsQuery['algorithms']>;
  readonly value: string;
  readonly onChange: (name: string) => void;
}

export function AlgorithmChoice({ algorithms, value, onChange }: AlgorithmChoiceProps) {
  const sorted = [...algorithms].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  return (
    <fieldset>
      <legend>Algorithm</legend>
      <div className="choices">
        {sorted.map(({ name, description, isDefault, enabled }) => (
          <label key={name} className="choice">
            <input
              type="radio"
              name="algorithm"
              value={name}
              checked={value === name}
              disabled={!enabled}
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
