import { useQuery } from '@apollo/client/react';
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { ViewerDocument } from '../../gql/graphql.ts';
import { bytes } from '../../ui/format.ts';

interface FileDropProps {
  readonly isFirst: boolean;
  readonly onFile: (file: File) => void;
}

/** Where a file is dropped, or chosen. */
export function FileDrop({ isFirst, onFile }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const { data } = useQuery(ViewerDocument);
  const { maxUploadBytes, allowedUploadExtensions = [] } = data?.limits ?? {};
  useEffect(() => {
    if (isFirst) button.current?.focus();
  }, [isFirst]);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const [file] = event.dataTransfer.files;
    if (file !== undefined) onFile(file);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same
    <div
      className={`drop ${isFirst ? '' : 'compact'} ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="stack">
        <h2>{isFirst ? 'Drop a CSV file here' : 'Drop another CSV file here'}</h2>
        <p className="muted">
          You see first what is in it; nothing is stored until you say so.
          {maxUploadBytes !== undefined && ` Up to ${bytes(maxUploadBytes)}; ${allowedUploadExtensions.join(', ')}.`}
        </p>
      </div>
      <button ref={button} type="button" className="primary" onClick={() => input.current?.click()}>
        Choose a CSV file
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={allowedUploadExtensions.map((extension) => `.${extension}`).join(',')}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          if (file !== undefined) onFile(file);
        }}
      />
    </div>
  );
}
