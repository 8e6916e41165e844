/** A node that is still to be grown. */
export interface OpenNode {
  /** Its rows are rows[start, end). */
  start: number;
  end: number;
  depth: number;
  /** The node whose right child it is, -1 for a left child and the root. */
  rightChildOf: number;
}

/** Nodes that wait, the last one first. */
export class NodeStack {
  readonly #numbers: number[] = [];

  push(start: number, end: number, depth: number, rightChildOf: number): void {
    this.#numbers.push(start, end, depth, rightChildOf);
  }

  /** Pops the last node into `node`; false if the stack is empty. */
  popInto(node: OpenNode): boolean {
    const numbers = this.#numbers;
    if (numbers.length === 0) return false;
    // Every node has four numbers, the last one on top.
    node.rightChildOf = numbers.pop()!;
    node.depth = numbers.pop()!;
    node.end = numbers.pop()!;
    node.start = numbers.pop()!;
    return true;
  }
}
