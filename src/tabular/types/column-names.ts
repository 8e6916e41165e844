/** The words of a column's name in lower case: customerID, web_id and "Row Number" give [customer, id] and so on. */
function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const IDENTIFIER_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'identifier', 'rowid', 'userid', 'index', 'idx', 'key']);
const IDENTIFIER_NAMES = new Set([
  'rownames',
  'rowname',
  'row names',
  'row',
  'row number',
  'rownum',
  'unnamed 0',
  'no',
  'nr',
]);

/** Whether a column is an identifier by its name: id, customerID, web_id, rownames, index … */
export function isIdentifierName(name: string): boolean {
  const words = wordsOf(name);
  const first = words[0] ?? '';
  const last = words.at(-1) ?? '';
  return IDENTIFIER_WORDS.has(last) || first === 'id' || IDENTIFIER_NAMES.has(words.join(' '));
}

/** Last words of names of columns that say whom or what a row is of, and names that do so alone. */
const OWNER_WORDS = new Set(['id', 'ids', 'uuid', 'guid', 'identifier', 'userid']);
const OWNER_NAMES = new Set([
  ...['patient', 'subject', 'person', 'participant', 'respondent', 'donor', 'animal', 'student', 'employee', 'member'],
  ...[
    'customer',
    'client',
    'user',
    'account',
    'household',
    'family',
    'machine',
    'device',
    'engine',
    'vehicle',
    'session',
  ],
]);

/** Whether a column names the owner of a row, of whom there may be several rows, by its name: patient_id, customer. */
export function isOwnerName(name: string): boolean {
  const words = wordsOf(name);
  return OWNER_WORDS.has(words.at(-1) ?? '') || OWNER_NAMES.has(words.join(' '));
}

/** Words that stand in the names of columns whose digits count nothing. */
const CODE_WORDS = new Set([
  ...['code', 'version', 'build', 'release', 'ip', 'address', 'host', 'serial', 'account', 'iban', 'isbn'],
  ...['phone', 'telephone', 'tel', 'mobile', 'fax', 'zip', 'zipcode', 'postal', 'postcode', 'plz', 'sku', 'ean', 'ssn'],
]);

/** Whether a name says that the column holds codes, numbers of telephones or the like: zip_code, IP address, Phones 2. */
export function isCodeName(name: string): boolean {
  return (
    isIdentifierName(name) ||
    wordsOf(name).some((word) => CODE_WORDS.has(word) || CODE_WORDS.has(word.replace(/s$/, '')))
  );
}

const VERSION_WORDS = new Set(['version', 'versions', 'ver', 'release', 'releases', 'firmware']);

/** Whether a name says that the column holds versions, of which 1.10 comes after 1.9. */
export function isVersionName(name: string): boolean {
  return wordsOf(name).some((word) => VERSION_WORDS.has(word));
}

/** Words that stand in the names of columns of days. */
const DATE_WORDS = new Set([
  'date',
  'dates',
  'datetime',
  'timestamp',
  'datum',
  'fecha',
  'дата',
  '日付',
  '日期',
  '날짜',
]);

/** Whether a column contains dates by its name: order date, datum. "Sales to date" does not. */
export function isDateName(name: string): boolean {
  const words = wordsOf(name);
  return words.some((word, at) => DATE_WORDS.has(word) && words[at - 1] !== 'to');
}

/** Words that stand in the names of columns of timestamps. */
const TIME_WORDS = new Set([
  'time',
  'timestamp',
  'ts',
  'date',
  'datetime',
  'epoch',
  'at',
  'ns',
  'nanos',
  'nanoseconds',
  'when',
]);

/** Whether a name says that the column holds timestamps: created_at, event time, ts. */
export function isTimeName(name: string): boolean {
  return wordsOf(name).some((word) => TIME_WORDS.has(word));
}

/** Names that mean "target". */
const TARGET_NAMES = new Set(['target', 'label', 'labels', 'class', 'y', 'outcome', 'response', 'dependent']);

/** Common names of targets in public datasets; with a word before them they are mostly features. */
const USUAL_NAMES = new Set([
  'income',
  'quality',
  'charges',
  'salary',
  'default',
  'species',
  'diagnosis',
  'mpg',
  'medv',
]);

/** Last words of a name that mean "target", whatever precedes them. */
const TARGET_WORDS = new Set([
  ...['target', 'label', 'class', 'outcome', 'price', 'saleprice', 'fraud', 'exited', 'attrition'],
  ...['churn', 'churned', 'survived', 'defaulted', 'subscribed', 'converted'],
]);

/**
 * How much a name says that the column is the target: 3 for target, label, class, y …; 2 for a usual one (income)
 * or one that ends in such a word (class_label, is_fraud, SalePrice); 1 for a "value" of something; 0 otherwise.
 */
export function targetNameRank(name: string): number {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const whole = words.join(' ');
  if (TARGET_NAMES.has(whole)) return 3;
  if (USUAL_NAMES.has(whole) || TARGET_WORDS.has(last)) return 2;
  return last === 'value' && words.length > 1 ? 1 : 0;
}
