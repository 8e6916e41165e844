import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEmail } from '../../src/auth/users/email.ts';
import { cleanName, composed, composedEmail, parseName } from '../../src/platform/user-text.ts';

const RULE = { argument: 'input.name', what: 'The name', maxLength: 20 };
const parse = (text: string) => parseName(text, RULE);

describe('a name that a user gives', () => {
  test.each([
    'Ada Lovelace',
    'María-José Núñez',
    'Дмитрий',
    '山田太郎',
    'می‌خواهم',
    'क्‍ष',
    '👩‍💻 ❤️ 👍🏽',
    'a/b\\c "d" <e>',
  ])('a name may be %s', (name) => {
    expect(parse(name)).toBe(name.normalize('NFC'));
  });

  test('a name is normalised to composed characters, and has no surrounding space', () => {
    expect(parse('  Jose\u0301\u00A0')).toBe('Jos\u00E9');
  });

  test.each([
    ['a NUL', 'a\0b', 'U+0000'],
    ['a bell', 'a\u0007b', 'U+0007'],
    ['a line break', 'a\nb', 'U+000A'],
    ['a control of the second block', 'a\u0085b', 'U+0085'],
    ['a soft hyphen', 'a\u00ADb', 'U+00AD'],
    ['a zero-width space', 'a\u200Bb', 'U+200B'],
    ['a joiner where nothing is joined', 'ad\u200Da', 'U+200D'],
    ['an override of the direction', '\u202Ea', 'U+202E'],
    ['an isolate', 'a\u2066b', 'U+2066'],
    ['a line separator', 'a\u2028b', 'U+2028'],
    ['a filler', 'a\u3164b', 'U+3164'],
    ['a Braille pattern without a dot', 'a\u2800b', 'U+2800'],
    ['a note without a head', 'a\u{1D159}b', 'U+1D159'],
    ['a private character', 'a\uE000b', 'U+E000'],
    ['an unassigned character', 'a\u0378b', 'U+0378'],
    ['half of a surrogate pair', 'a\uD800b', 'U+D800'],
    ['a tag', 'a\u{E0061}b', 'U+E0061'],
  ])('a name may not have %s', (_, name, character) => {
    expect(() => parse(name)).toThrow(
      expect.objectContaining({
        code: 'BAD_USER_INPUT',
        message: `The name has the character ${character}, which is invisible.`,
        details: { argument: 'input.name', hint: 'Remove it.' },
      }),
    );
  });

  test('a name is neither empty nor too long', () => {
    for (const name of ['', '  ', '\u00A0', 'x'.repeat(21)]) {
      expect(() => parse(name)).toThrow('must have 1 to 20 characters');
    }
  });
});

test('a name that nobody chose is cleaned, and then valid', () => {
  expect(cleanName('re\u202Efdp\u0007.csv', 20)).toBe('re fdp .csv');
  expect(cleanName('Re\u0301sume\u0301 👩‍💻.csv', 20)).toBe('Résumé 👩‍💻.csv');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = cleanName(text, 20);
      expect(name === '' ? '' : parse(name)).toBe(name);
    }),
  );
});

test('texts that are too long for names are not composed, which would take minutes', () => {
  const marks = `a${'\u0301\u0323'.repeat(1_000_000)}`;
  expect(() => parse(marks)).toThrow('must have 1 to 20 characters; it has 2000001.');
  expect(composed(marks)).toBe(marks);
  expect(composed(marks.slice(0, 3_999))).toBe(marks.slice(0, 3_999).normalize('NFC'));
  expect(composedEmail(` ${marks}\u00C9@example.com`)).toBe(`${marks}\u00E9@example.com`);
  const name = cleanName(`${marks}.csv`, 20);
  expect(parse(name)).toBe(name);
  const domain = String.fromCodePoint(...Array.from({ length: 60_000 }, (_, i) => 0x4e00 + ((i * 7_919) % 20_000)));
  for (const email of [`${marks}@example.com`, `ada@${marks}.com`, `ada@${domain}.com`]) {
    expect(() => parseEmail(email)).toThrow('Not a valid e-mail address.');
  }
});

test('e-mail addresses that look the same are the same', () => {
  expect(composedEmail(' Jose\u0301@Example.com ')).toBe('jos\u00E9@example.com');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(composedEmail(composedEmail(text))).toBe(composedEmail(text));
      expect(composedEmail(text.normalize('NFD'))).toBe(composedEmail(text.normalize('NFC')));
    }),
  );
});
