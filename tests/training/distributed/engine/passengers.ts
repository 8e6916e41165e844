import { createRandom } from '../../../../src/ml/random.ts';
import type { TestFile } from '../../../support/test-client.ts';

/** Made passengers of a ship: texts, numbers, missing values; `survived` (2 labels), `class` (3) and `fare` (numbers) can be learned. */
export function passengersCsv(rows: number): TestFile {
  const random = createRandom(11);
  const lines = Array.from({ length: rows }, () => {
    const sex = random.uniform() < 0.4 ? 'female' : 'male';
    const cabin = 1 + random.below(3);
    const age = 1 + random.below(80);
    const relatives = random.below(5);
    const fare = (90 / cabin + relatives * 4 + random.uniform() * 10).toFixed(2);
    const margin = (sex === 'female' ? 2 : -1.5) + (2 - cabin) + (age < 12 ? 1.5 : 0);
    const survived = random.uniform() < 1 / (1 + Math.exp(-margin)) ? 'yes' : 'no';
    const known = random.uniform() < 0.15 ? '' : age;
    return [survived, `class ${cabin}`, sex, known, relatives, fare, random.uniform().toFixed(4)].join(',');
  });
  const header = 'survived,class,sex,age,relatives,fare,noise';
  return { name: 'passengers.csv', content: [header, ...lines].join('\n') };
}
