import { expect, test } from 'vitest';
import { isFormulaCell } from '../../../src/tabular/records/formula-cell.ts';

const isFormula = (text: string) => {
  const bytes = Buffer.from(text);
  return isFormulaCell(bytes, 0, bytes.length);
};

test.each([
  '=1+2',
  '=cmd|x!A1',
  '@SUM(A1)',
  '+A1',
  '-A1',
  '\tx',
  '\rx',
  '-1+2',
  '+1-SUM(A1)',
  '--2',
  '+',
  '-1e',
  '-2|x',
])('%j would be run as a formula', (text) => {
  expect(isFormula(text)).toBe(true);
});

test.each([
  '',
  'a',
  '12',
  '-12',
  '+3.5',
  '-1,234.5',
  "-1'234",
  '-1 234,5',
  '-2e-7',
  '-2.5E+3',
  '-5%',
  '-',
  '--',
  '---',
  'a=b',
  "'=1",
  '.5',
  '<NA>',
  '(12)',
])('%j is left as it is', (text) => {
  expect(isFormula(text)).toBe(false);
});
