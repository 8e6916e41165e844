/** An operation that would be much work, or a large answer, were it executed or even compared with the schema. */
export interface HostileOperation {
  readonly name: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  /** Why it is refused. */
  readonly code: string;
  readonly message: RegExp;
}

/** What `text` makes of 0, 1, 2 and so on, so many times. */
function times(count: number, text: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => text(index)).join(' ');
}

/** The same field under so many names. */
const named = (count: number, field: string) => times(count, (index) => `a${index}:${field}`);

const TOO_MUCH = { code: 'GRAPHQL_VALIDATION_FAILED', message: /at most [\d,]+ are allowed/ };
const COPIES = { code: 'GRAPHQL_VALIDATION_FAILED', message: /more than 40 times in one place/ };
const LONG_NAME = { code: 'GRAPHQL_VALIDATION_FAILED', message: /longer than 200 characters/ };

/** Operations that anybody can send, in a few kilobytes, that multiply. */
const MULTIPLYING: readonly HostileOperation[] = [
  {
    name: 'introspection whose fragments multiply',
    query: `{__schema{types{...F}}}
      fragment F on __Type{${named(60, 'fields{type{...G}}')}}
      fragment G on __Type{${named(60, 'fields{...H}')}}
      fragment H on __Field{${named(300, 'name')}}`,
    ...TOO_MUCH,
  },
  {
    name: 'introspection under many names',
    query: `{${named(40, '__schema{...S}')}}
      fragment S on __Schema{types{name fields{name type{name fields{name}}}}}`,
    ...TOO_MUCH,
  },
  {
    name: 'one type under many names',
    query: `{${named(220, '__type(name:"Mutation"){...T}')}}
      fragment T on __Type{fields{name description type{name kind} args{name description}}}`,
    ...TOO_MUCH,
  },
  {
    name: 'introspection within itself',
    query: '{__schema{types{...F}}} fragment F on __Type{fields{type{...F}}}',
    ...TOO_MUCH,
  },
  {
    name: 'fragments that multiply below a field',
    query: `{viewer{...f0}} ${times(60, (index) => `fragment f${index} on Viewer{${named(2, 'user{id}')} ...f${index + 1}}`)}
      fragment f60 on Viewer{memberships{workspace{${named(500, '__typename')}}}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /./,
  },
  {
    name: '__typename under 600 names below long lists',
    query: `{${named(20, 'dataset(id:"x"){columns(limit:1000){...T}}')}} fragment T on Column{${named(600, '__typename')}}`,
    ...TOO_MUCH,
  },
];

/** Documents that say much of little. */
const WORDY: readonly HostileOperation[] = [
  {
    name: 'an alias 501 times',
    query: `{${named(501, '__typename')}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /501 aliases; at most 500 are allowed/,
  },
  {
    name: 'a directive 201 times',
    query: `{health${times(201, () => '@skip(if:true)')}{status}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /201 directives; at most 200 are allowed/,
  },
];

/** Documents of which every field, fragment or value is compared with every other. */
const COMPARED: readonly HostileOperation[] = [
  { name: 'a field 700 times', query: `{viewer{${'workspace{id} '.repeat(700)}}}`, ...COPIES },
  {
    name: 'a field with arguments 130 times',
    query: `{viewer{workspace{${'runStatistics(from:"x"){days{day count}} '.repeat(130)}}}}`,
    ...COPIES,
  },
  {
    name: 'a leaf 2,500 times',
    query: `{health{${'status '.repeat(2_500)}}}`,
    ...COPIES,
  },
  {
    name: 'copies within copies',
    query: `{${`viewer{${'workspace{usage{runs}} '.repeat(7)}} `.repeat(7)}}`,
    ...COPIES,
  },
  {
    name: 'fragments that meet each other',
    query: `{${times(110, (index) => `...f${index}`)}} ${times(110, (index) => `fragment f${index} on Query{health{status}}`)}`,
    ...TOO_MUCH,
  },
  {
    name: 'many operations',
    query: times(300, (index) => `query q${index}{health{status}}`),
    operationName: 'q0',
    ...TOO_MUCH,
  },
  {
    name: 'lists within lists',
    query: `{compareRuns(ids:${'['.repeat(700)}${']'.repeat(700)}){warnings}}`,
    code: 'GRAPHQL_PARSE_FAILED',
    message: /nests brackets/,
  },
  {
    name: 'fragments within fragments, inline',
    query: `{${'...{'.repeat(700)}health{status}${'}'.repeat(700)}}`,
    code: 'GRAPHQL_PARSE_FAILED',
    message: /nests brackets/,
  },
];

/** What an error or an answer would repeat. */
const LONG: readonly HostileOperation[] = [
  {
    name: 'an operation name of 90 kB and 110 variables that are not used',
    query: `query ${'n'.repeat(90_000)}(${times(110, (index) => `$v${index}:Int`)}){health{status}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /./,
  },
  {
    name: 'an operation name of 980 kB and 110 variables that are not used',
    query: `query ${'n'.repeat(980_000)}(${times(110, (index) => `$v${index}:Int`)}){health{status}}`,
    code: 'GRAPHQL_PARSE_FAILED',
    message: /981013 characters/,
  },
  {
    name: 'a wanted operation name of 900 kB',
    query: 'query a{health{status}} query b{health{status}}',
    operationName: 'n'.repeat(900_000),
    code: 'OPERATION_RESOLUTION_FAILURE',
    message: /no operation of that name/,
  },
  { name: 'an alias of 50 kB', query: `{${'a'.repeat(50_000)}:health{status}}`, ...LONG_NAME },
  {
    name: '100 unknown fields',
    query: `{${times(100, (index) => `unknown${index}`)}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /root fields/,
  },
  {
    name: '900 unknown fields of a type',
    query: `{trainingRun(id:"x"){${times(900, (index) => `trainingRuns${'s'.repeat(80)}${index}`)}}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /Cannot query field/,
  },
  {
    name: '100 variables that are not used',
    query: `query q(${times(100, (index) => `$v${index}:Int`)}){health{status}}`,
    code: 'GRAPHQL_VALIDATION_FAILED',
    message: /is never used/,
  },
  {
    name: 'a word of 90 kB that is not expected',
    query: `{health{status}} ${'x'.repeat(90_000)}`,
    code: 'GRAPHQL_PARSE_FAILED',
    message: /Unexpected Name/,
  },
];

const SIGN_IN = 'mutation($input:SignInInput!){signIn(input:$input){accessToken}}';

/** Variables of which an error would repeat all, for each mistake. */
const VARIABLES: readonly HostileOperation[] = [
  {
    name: 'an input object of 60,000 unknown keys',
    query: SIGN_IN,
    variables: { input: Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`key${index}`, 1])) },
    code: 'BAD_USER_INPUT',
    message: /60000 fields/,
  },
  {
    name: 'an input object of 99 unknown keys of 200 characters',
    query: SIGN_IN,
    variables: {
      input: Object.fromEntries(Array.from({ length: 99 }, (_, index) => [`${index}`.padStart(200, 'k'), 1])),
    },
    code: 'BAD_USER_INPUT',
    message: /got invalid value/,
  },
  {
    name: 'an unknown key of 900 kB',
    query: SIGN_IN,
    variables: { input: { ['k'.repeat(900_000)]: 1 } },
    code: 'BAD_USER_INPUT',
    message: /longer than 200/,
  },
  {
    name: 'a value of 900 kB where a number is wanted',
    query: 'query($n:Int!){datasets(first:$n){totalCount}}',
    variables: { n: 'n'.repeat(900_000) },
    code: 'BAD_USER_INPUT',
    message: /got invalid value/,
  },
  {
    name: 'a list of 90,000 values of the wrong type',
    query: 'query($f:TrainingRunFilter!){trainingRuns(filter:$f){totalCount}}',
    variables: { f: { statuses: Array.from({ length: 90_000 }, () => 'X') } },
    code: 'BAD_USER_INPUT',
    message: /got invalid value/,
  },
  {
    name: 'objects within each other',
    query: SIGN_IN,
    variables: { input: JSON.parse(`${'{"a":'.repeat(80)}1${'}'.repeat(80)}`) as unknown },
    code: 'BAD_USER_INPUT',
    message: /nest values/,
  },
];

/** Each is refused, over HTTP and over WebSocket, whoever sends it. */
export const HOSTILE_OPERATIONS: readonly HostileOperation[] = [
  ...MULTIPLYING,
  ...WORDY,
  ...COMPARED,
  ...LONG,
  ...VARIABLES,
];
