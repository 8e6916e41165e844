import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { badInput, Mistakes } from '../../errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { PageOf, PageOfRows, Position } from '../../platform/postgres/keyset.ts';

const MAX_PAGE = 100;

/** How the places of a list are written as cursors. */
export interface CursorForm<Place> {
  format(place: Place): string;
  /** Null for what is no place of such a list. */
  parse(text: string): Place | null;
}

/** Of a list that is ordered by (createdAt, id). */
const BY_TIMESTAMP: CursorForm<Position> = {
  format: ({ createdAt, id }) => `${createdAt.getTime()} ${id}`,
  parse: (text) => {
    // 14 digits of milliseconds reach the year 5138; PostgreSQL would refuse what JavaScript writes after 9999.
    const [, moment, id] = /^(\d{1,14}) (\S+)$/.exec(text) ?? [];
    return id === undefined || !isUuid(id) ? null : { createdAt: new Date(Number(moment)), id };
  },
};

/** Checks the arguments `first` and `after` of a list that is ordered by (createdAt, id). */
export function parsePage(first: number, after: string | null | undefined): PageOfRows {
  return parsePageOf(BY_TIMESTAMP, first, after);
}

/** Checks the arguments `first` and `after` of a list. */
export function parsePageOf<Place>(
  form: CursorForm<Place>,
  first: number,
  after: string | null | undefined,
): PageOf<Place> {
  const mistakes = new Mistakes();
  mistakes.from(() => {
    if (first < 1 || first > MAX_PAGE)
      throw badInput('first', `first must be a whole number from 1 to ${MAX_PAGE}; got ${first}.`);
  });
  const place = mistakes.from(() => (after ? parseCursor(form, after) : null));
  mistakes.tell();
  return { first, after: place };
}

function formatCursor<Place>(form: CursorForm<Place>, place: Place): string {
  return Buffer.from(form.format(place)).toString('base64url');
}

function parseCursor<Place>(form: CursorForm<Place>, cursor: string): Place {
  const text = Buffer.from(cursor, 'base64url').toString();
  // Decoding skips what is no base64: only what was written here, letter by letter, is a cursor.
  const place = Buffer.from(text).toString('base64url') === cursor ? form.parse(text) : null;
  if (place === null)
    throw badInput('after', 'after is not a cursor of this list.', 'Use the endCursor of the page before.');
  return place;
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

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

/** The value of a connection of `Node`s. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  /** Counted only where the query asks for it. */
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

    @Field(() => [nodeType()], { description: 'Those of the edges, for whoever needs no cursors of them.' })
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    @Field(() => Int, { nullable: true, description: 'How many there are on all pages; counted only when asked for.' })
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
  return toConnectionOf(BY_TIMESTAMP, rows, page, toNode, totalCount);
}

/** The same, of a list whose cursors have this form. */
export function toConnectionOf<Place, Row extends Place, Node>(
  form: CursorForm<Place>,
  rows: readonly Row[],
  page: PageOf<Place>,
  toNode: (row: Row) => Node,
  totalCount: () => Promise<number>,
): Connection<Node> {
  const edges = rows.slice(0, page.first).map((row) => ({ cursor: formatCursor(form, row), node: toNode(row) }));
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
