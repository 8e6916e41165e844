import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { badInput, InputErrors } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { PageOf, PageOfRows, Position } from '../../platform/postgres/keyset.ts';

export const MAX_PAGE = 100;

/** How the places of a list are written as cursors. */
export interface CursorFormat<Cursor> {
  format(position: Cursor): string;
  /** Null for an invalid cursor of such a list. */
  parse(text: string): Cursor | null;
}

/** Of a list that is ordered by (createdAt, id). */
export const TIMESTAMP_CURSOR: CursorFormat<Position> = {
  format: ({ createdAt, id }) => `${createdAt.getTime()} ${id}`,
  parse: (text) => {
    // 14 digits of milliseconds reach the year 5138; PostgreSQL would refuse what JavaScript writes after 9999.
    const [, timestamp, id] = /^(\d{1,14}) (\S+)$/.exec(text) ?? [];
    return id === undefined || !isUuid(id) ? null : { createdAt: new Date(Number(timestamp)), id };
  },
};

/** Checks the arguments `first` and `after` of a list that is ordered by (createdAt, id). */
export function parsePage(first: number, after: string | null | undefined): PageOfRows {
  return parsePageOf(TIMESTAMP_CURSOR, first, after);
}

/** Checks the arguments `first` and `after` of a list. */
export function parsePageOf<Cursor>(
  format: CursorFormat<Cursor>,
  first: number,
  after: string | null | undefined,
): PageOf<Cursor> {
  const errors = new InputErrors();
  errors.collect(() => {
    if (first < 1 || first > MAX_PAGE) {
      throw badInput('first', `first must be a whole number from 1 to ${MAX_PAGE}; got ${first}.`);
    }
  });
  const position = errors.collect(() => (after ? parseCursor(format, after) : null));
  errors.throwIfAny();
  return { first, after: position };
}

function formatCursor<Cursor>(format: CursorFormat<Cursor>, position: Cursor): string {
  return Buffer.from(format.format(position)).toString('base64url');
}

function parseCursor<Cursor>(format: CursorFormat<Cursor>, cursor: string): Cursor {
  const text = Buffer.from(cursor, 'base64url').toString();
  // Decoding skips invalid characters: only a cursor in the exact form in which it was written is accepted.
  const position = Buffer.from(text).toString('base64url') === cursor ? format.parse(text) : null;
  if (position === null) {
    throw badInput('after', 'after is not a valid cursor of this list.', 'Use the endCursor of the previous page.');
  }
  return position;
}

/** Which part of a list a page is. */
@ObjectType('PageInfo')
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Pass it as `after` to get the next page.' })
  endCursor!: string | null;
}

/** The value of a connection of `Node`s. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  /** Counted only if the query selects it. */
  totalCount(): Promise<number>;
}

/** Makes the classes `<name>Edge` and `<name>Connection` of a node type. */
export function connectionType<Node extends object>(
  name: string,
  nodeType: () => ClassType<Node>,
): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`)
  class Edge {
    @Field(() => String)
    cursor!: string;

    @Field(nodeType)
    node!: Node;
  }

  @ObjectType(`${name}Connection`)
  class NodeConnection implements Connection<Node> {
    @Field(() => [Edge])
    edges!: Edge[];

    @Field(() => [nodeType()], { description: 'The nodes of the edges, for clients that need no cursors.' })
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    @Field(() => Int, { nullable: true, description: 'Total number over all pages; counted only when requested.' })
    totalCount(): Promise<number> {
      throw new Error('A connection is made by toConnection, which gives it its count.');
    }
  }
  return NodeConnection;
}

/** Makes a page of `rows`, of which the store was asked for one more than the page holds. */
export function toConnection<Row extends Position, Node>(
  rows: readonly Row[],
  page: PageOfRows,
  toNode: (row: Row) => Node,
  totalCount: () => Promise<number>,
): Connection<Node> {
  return toConnectionOf(TIMESTAMP_CURSOR, rows, page, toNode, totalCount);
}

/** The same, of a list whose cursors have this form. */
export function toConnectionOf<Cursor, Row extends Cursor, Node>(
  format: CursorFormat<Cursor>,
  rows: readonly Row[],
  page: PageOf<Cursor>,
  toNode: (row: Row) => Node,
  totalCount: () => Promise<number>,
): Connection<Node> {
  const edges = rows.slice(0, page.first).map((row) => ({ cursor: formatCursor(format, row), node: toNode(row) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: rows.length > page.first,
      hasPreviousPage: page.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
}
