import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decode, decoderFor } from '../../../src/tabular/scan/text-decoding.ts';
import { PackedTexts } from '../../../src/tabular/types/labels.ts';

function packed(texts: readonly Uint8Array[], decode: Decode): PackedTexts {
  const offsets = new Uint32Array(texts.length + 1);
  texts.forEach((text, code) => {
    offsets[code + 1] = offsets[code]! + text.length;
  });
  return new PackedTexts(Buffer.concat(texts), offsets, decode);
}

const characters = fc.constantFrom('a', '7', ' ', 'é', 'ß', '日', '😀', '\ufeff');
const texts = fc.array(fc.string({ unit: characters, maxLength: 4 }), { maxLength: 30 });

describe('packed texts', () => {
  it('packed texts are the same as in an array, however one goes through them', () => {
    fc.assert(
      fc.property(texts, fc.nat(30), (strings, code) => {
        const labels = packed(
          strings.map((text) => Buffer.from(text)),
          decoderFor('utf-8'),
        );
        const wanted = strings[code] ?? 'none';
        expect([...labels]).toEqual(strings);
        expect(labels.length).toBe(strings.length);
        expect(labels.at(code)).toBe(strings.at(code));
        expect(labels.map((text, at) => `${at} ${text}`)).toEqual(strings.map((text, at) => `${at} ${text}`));
        expect(labels.filter((text) => text < wanted)).toEqual(strings.filter((text) => text < wanted));
        expect(labels.find((text) => text > wanted)).toBe(strings.find((text) => text > wanted));
        expect(labels.includes(wanted)).toBe(strings.includes(wanted));
        expect(labels.every((_, at) => at < code)).toBe(strings.every((_, at) => at < code));
        expect(labels.slice(code, code + 3)).toEqual(strings.slice(code, code + 3));
      }),
    );
  });

  it('packed bytes of any encoding, malformed ones too, read as each text does by itself', () => {
    const bytes = fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 30 });
    fc.assert(
      fc.property(bytes, fc.constantFrom('utf-8', 'windows-1252', 'windows-1251'), (parts, encoding) => {
        const decode = decoderFor(encoding);
        expect([...packed(parts, decode)]).toEqual(parts.map((part) => decode(Buffer.from(part), 0, part.length)));
      }),
    );
  });

  it('more packed texts than are decoded at once are found by their code, in any order', () => {
    const strings = Array.from({ length: 10_000 }, (_, code) => `${code} ${code % 3 === 0 ? 'é' : 'e'}`);
    const labels = packed(
      strings.map((text) => Buffer.from(text)),
      decoderFor('utf-8'),
    );
    for (let code = 9_999; code >= 0; code -= 7) expect(labels.at(code)).toBe(strings[code]);
    expect([...labels]).toEqual(strings);
  });

  it('packed texts are the bytes of an Arrow dictionary where they are UTF-8, and only there', () => {
    const utf8 = packed([Buffer.from('é'), Buffer.from('b')], decoderFor('utf-8'));
    expect(utf8.utf8?.bytes).toBe(utf8.bytes);
    expect(packed([Buffer.from('a')], decoderFor('windows-1252')).utf8?.bytes.toString()).toBe('a');
    expect(packed([Buffer.from([0xe9])], decoderFor('windows-1252')).utf8).toBeNull();
    expect(packed([Buffer.from([0xe9])], decoderFor('utf-8')).utf8).toBeNull();
  });
});
