import { lazy, Suspense } from 'react';
import { useViewer } from '../connection/hooks.ts';
import { useAddress } from '../ui/address.ts';
import type { ImportDataset } from './import-values.ts';

const ImportDialog = lazy(async () => ({ default: (await import('./import-dialog.tsx')).ImportDialog }));

const OPEN = 'model';

/** Opens the dialog to import a model; whether it is open is part of the address. `dataset`: null where one is to be chosen. */
export function ImportButton({ dataset = null }: { readonly dataset?: ImportDataset | null }) {
  const [opened, setOpened] = useAddress('import');
  if (useViewer().role === 'READER') return null;
  return (
    <>
      <button type="button" onClick={() => setOpened(OPEN)}>
        Import a model
      </button>
      {opened === OPEN && (
        <Suspense fallback={null}>
          <ImportDialog dataset={dataset} onClose={() => setOpened('')} />
        </Suspense>
      )}
    </>
  );
}
