import { Field, ID, InterfaceType } from 'type-graphql';

/** What a resolver answers with whose field is a Node: its object, and the name of its type. */
export interface TypedNode {
  readonly id: string;
  readonly __typename: string;
}

@InterfaceType('Node', {
  description: 'What has an id of its own, which no other thing of the installation has.',
  resolveType: ({ __typename }: TypedNode) => __typename,
})
export abstract class NodeType {
  @Field(() => ID)
  id!: string;
}
