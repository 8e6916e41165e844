import { Facts } from '../ui/facts.tsx';
import { bytes } from '../ui/format.ts';
import type { Run } from './use-run.ts';

/** The file that a model was imported from. It stands where the loss curve of a training does. */
export function Origin({ model }: { readonly model: NonNullable<Run['importedModel']> }) {
  const { maker, objective, filename, sizeBytes } = model;
  return (
    <section className="section">
      <h2>Imported</h2>
      <Facts
        facts={[
          ['Made by', maker],
          ['Objective', objective],
          ['File', filename],
          ['Size', bytes(sizeBytes)],
        ]}
      />
    </section>
  );
}
