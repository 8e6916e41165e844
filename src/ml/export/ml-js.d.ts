/** Of the libraries whose forms models are written in, which have no types of their own, what the tests call. */
declare module 'ml-cart' {
  import type { Matrix } from 'ml-matrix';

  export class DecisionTreeClassifier {
    static load(model: unknown): DecisionTreeClassifier;
    predict(matrix: Matrix): number[];
  }

  export class DecisionTreeRegression {
    static load(model: unknown): DecisionTreeRegression;
    predict(matrix: Matrix): number[];
  }
}

declare module 'ml-logistic-regression' {
  import type { Matrix } from 'ml-matrix';

  class LogisticRegression {
    static load(model: unknown): LogisticRegression;
    predict(matrix: Matrix): number[];
  }
  // biome-ignore lint/style/noDefaultExport: the library has no other.
  export default LogisticRegression;
}
