/** First bytes that identify files which are not text, and what to do with them. */
const SIGNATURES: readonly { readonly bytes: readonly number[]; readonly name: string; readonly advice: string }[] = [
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    name: 'a ZIP archive or an Excel workbook (.xlsx)',
    advice: 'Save the sheet as CSV, or unpack the archive, and upload that.',
  },
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0],
    name: 'an old Excel workbook (.xls)',
    advice: 'Save the sheet as CSV and upload that.',
  },
  { bytes: [0x1f, 0x8b], name: 'a gzip archive', advice: 'Unpack it and upload the CSV file.' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], name: 'a Zstandard archive', advice: 'Unpack it and upload the CSV file.' },
  { bytes: [0x42, 0x5a, 0x68], name: 'a bzip2 archive', advice: 'Unpack it and upload the CSV file.' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'an xz archive', advice: 'Unpack it and upload the CSV file.' },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf], name: 'a 7z archive', advice: 'Unpack it and upload the CSV file.' },
  { bytes: [0x50, 0x41, 0x52, 0x31], name: 'a Parquet file', advice: 'Write the table as CSV and upload that.' },
  {
    bytes: [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31],
    name: 'an Arrow file',
    advice: 'Write the table as CSV and upload that.',
  },
  { bytes: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20], name: 'an SQLite database', advice: 'Export the table as CSV.' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], name: 'a PNG picture', advice: 'Upload a CSV file.' },
  { bytes: [0xff, 0xd8, 0xff], name: 'a JPEG picture', advice: 'Upload a CSV file.' },
  { bytes: [0x47, 0x49, 0x46, 0x38], name: 'a GIF picture', advice: 'Upload a CSV file.' },
  { bytes: [0x25, 0x50, 0x44, 0x46, 0x2d], name: 'a PDF document', advice: 'Upload the table as a CSV file.' },
  { bytes: [0x7f, 0x45, 0x4c, 0x46], name: 'a program', advice: 'Upload a CSV file.' },
];

/** Enough of a file to contain a byte that no text has, in all of the formats above. */
const SCANNED_BYTES = 4096;

/** bzip2, Parquet and SQLite begin like words: only a control character that no text holds makes sure. */
function hasBinaryByte(head: Buffer): boolean {
  // Tab to carriage return, and the escape character of terminals, do occur in text.
  return head.subarray(0, SCANNED_BYTES).some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
}

/** What text begins with that is no CSV, after white space. */
const TEXT_SIGNATURES: readonly { readonly pattern: RegExp; readonly name: string; readonly advice: string }[] = [
  { pattern: /^(?:\[\s*[[{]|\{\s*["}])/, name: 'a JSON file', advice: 'Write the table as CSV and upload that.' },
  {
    pattern: /^<(?:!doctype html|(?:html|head|body|table|meta|div|script|style)[\s>])/i,
    name: 'a web page',
    advice: 'Download the CSV file itself and upload that.',
  },
  { pattern: /^<\?xml/i, name: 'an XML file', advice: 'Write the table as CSV and upload that.' },
];

/** What a file is whose first bytes show that it is not CSV; null for everything that may be one. */
export function fileSignature(head: Buffer): { readonly name: string; readonly advice: string } | null {
  const found = SIGNATURES.find(({ bytes }) => bytes.every((byte, index) => head[index] === byte));
  if (found !== undefined && hasBinaryByte(head)) return found;
  const text = head.toString('utf8', 0, SCANNED_BYTES).replace('\ufeff', '').trimStart();
  return TEXT_SIGNATURES.find(({ pattern }) => pattern.test(text)) ?? null;
}
