import DataLoader from 'dataloader';
import type { Viewer } from '../../auth/viewer.ts';
import type { Caller, Context } from './context.ts';

/**
 * A read that gathers all that one request asks for at the same time into one call, each distinct question once. A question
 * is an id, or an object of an id and a field's arguments. Nothing is kept between calls: a subscription asks again and
 * again for what changes meanwhile.
 */
export class BatchedRead<Question, Answer> {
  readonly #read: (viewer: Viewer, questions: readonly Question[]) => Promise<readonly Answer[]>;
  readonly #loaders = new WeakMap<Caller, DataLoader<Question, Answer>>();

  /** `read` gives an answer to each question, in their order. */
  constructor(read: (viewer: Viewer, questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#read = read;
  }

  load({ caller }: Context, question: Question): Promise<Answer> {
    const known = this.#loaders.get(caller);
    if (known) return known.load(question);
    const { viewer } = caller;
    const loader = new DataLoader<Question, Answer>((questions) => this.#readEach(viewer, questions), { cache: false });
    this.#loaders.set(caller, loader);
    return loader.load(question);
  }

  async #readEach(viewer: Viewer, questions: readonly Question[]): Promise<Answer[]> {
    const distinct = new Map(questions.map((question) => [JSON.stringify(question), question]));
    const answers = await this.#read(viewer, [...distinct.values()]);
    if (answers.length !== distinct.size) throw new Error('A batched read must answer each question.');
    const places = new Map([...distinct.keys()].map((text, place) => [text, place]));
    // Every question has its place, and every place its answer.
    return questions.map((question) => answers[places.get(JSON.stringify(question)) ?? -1] as Answer);
  }
}
