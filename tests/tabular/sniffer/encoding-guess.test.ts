import { describe, expect, it } from 'vitest';
import { inspectBoth, issuesOf, lines, namesOf } from '../reader/both-readers.ts';
import { codesOf, inspect } from '../temporary-file.ts';

/** A table of words beyond ASCII, between the two halves of which each row has a number. */
interface Language {
  readonly header: string;
  readonly words: string;
  readonly encodings: readonly string[];
}

const LANGUAGES: Readonly<Record<string, Language>> = {
  Japanese: {
    header: '都市,来客,天気',
    words: '東京 大阪 京都 名古屋 札幌 晴れ 曇り 雨 不明',
    encodings: ['shift_jis', 'euc-jp'],
  },
  Chinese: { header: '城市,数量,性别', words: '北京 上海 广州 深圳 重庆 男 女 未知', encodings: ['gb18030'] },
  Taiwanese: { header: '城市,數量,性別', words: '臺北 高雄 臺中 桃園 男 女 未知', encodings: ['big5'] },
  Korean: { header: '도시,수량,성별', words: '서울 부산 대구 인천 남자 여자 맑음', encodings: ['euc-kr'] },
  Polish: {
    header: 'miasto,ilość,płeć',
    words: 'Łódź Gdańsk Wrocław Poznań mężczyzna kobieta żółty średni',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  Czech: {
    header: 'město,počet,pohlaví',
    words: 'Plzeň Ústí Děčín Třebíč muž žena střední vyšší',
    encodings: ['windows-1250', 'iso-8859-2'],
  },
  Greek: {
    header: 'πόλη,αριθμός,φύλο',
    words: 'Αθήνα Θεσσαλονίκη Πάτρα άνδρας γυναίκα υψηλό',
    encodings: ['windows-1253', 'iso-8859-7'],
  },
  Turkish: {
    header: 'şehir,sayı,cinsiyet',
    words: 'İstanbul İzmir Eskişehir Şanlıurfa düşük yüksek değil',
    encodings: ['windows-1254'],
  },
  Russian: {
    header: 'город,число,пол',
    words: 'Москва Казань Омск Пермь мужской женский высокий',
    encodings: ['windows-1251', 'koi8-r', 'iso-8859-5', 'ibm866', 'x-mac-cyrillic'],
  },
  Hebrew: { header: 'עיר,מספר,מין', words: 'ירושלים חיפה אילת זכר נקבה', encodings: ['windows-1255'] },
  Arabic: { header: 'مدينة,عدد,جنس', words: 'القاهرة دبي الرياض ذكر مرتفع منخفض', encodings: ['windows-1256'] },
  Thai: { header: 'เมือง,จำนวน,เพศ', words: 'กรุงเทพ เชียงใหม่ ภูเก็ต ชาย หญิง', encodings: ['windows-874'] },
  Latvian: {
    header: 'pilsēta,skaits,dzimums',
    words: 'Rīga Jūrmala Liepāja vīrietis vidējs jā nē',
    encodings: ['windows-1257'],
  },
  French: {
    header: 'ville,quantité,genre',
    words: 'Orléans Besançon Nîmes élevé été Île façade',
    encodings: ['windows-1252'],
  },
  German: {
    header: 'Stadt,Größe,Geschlecht',
    words: 'München Köln Düsseldorf männlich mäßig früh Straße',
    encodings: ['windows-1252'],
  },
  Spanish: {
    header: 'ciudad,año,género',
    words: 'Málaga Córdoba León mañana niño Sí España',
    encodings: ['windows-1252'],
  },
};

const CASES = Object.entries(LANGUAGES).flatMap(([name, language]) =>
  language.encodings.map((encoding) => [name, encoding, language] as const),
);

function tableOf({ header, words }: Language, count = 40): string {
  const all = words.split(' ');
  const half = Math.ceil(all.length / 2);
  return `${header}\n${lines((index) => `${all[index % half]},${(index * 7) % 31},${all[half + (index % (all.length - half))]}`, count)}`;
}

/** The bytes of each character that an encoding has, by asking the decoder for all pairs of bytes. */
const alphabets = new Map<string, ReadonlyMap<string, readonly number[]>>();

function encoded(text: string, encoding: string): Buffer {
  const alphabet = alphabets.get(encoding) ?? alphabetOf(encoding);
  alphabets.set(encoding, alphabet);
  return Buffer.from(
    Array.from(text).flatMap((character) => {
      const bytes = alphabet.get(character);
      if (bytes === undefined) throw new Error(`${encoding} has no ${character}`);
      return bytes;
    }),
  );
}

function alphabetOf(encoding: string): ReadonlyMap<string, readonly number[]> {
  const decoder = new TextDecoder(encoding);
  const found = new Map<string, readonly number[]>();
  const add = (bytes: readonly number[]) => {
    const character = decoder.decode(Uint8Array.from(bytes));
    if ([...character].length === 1 && character !== '\ufffd' && !found.has(character)) found.set(character, bytes);
  };
  for (let first = 0; first < 256; first++) add([first]);
  for (let first = 0x81; first < 256; first++) for (let second = 0x40; second < 256; second++) add([first, second]);
  return found;
}

describe('the encoding of a file that does not name it', () => {
  it.each(CASES)('the encoding of %s in %s is detected', async (_, encoding, language) => {
    const text = tableOf(language);
    const inspection = await inspectBoth(encoded(text, encoding));
    expect(namesOf(inspection)).toEqual(language.header.split(','));
    expect(inspection.preview[0]?.cells).toEqual(text.split('\n')[1]?.split(','));
    expect(issuesOf(inspection, 'CSV_ENCODING_GUESSED')).toMatchObject([
      {
        severity: 'INFO',
        message: expect.stringContaining('it was read as'),
        hint: expect.stringContaining('csv.encoding'),
      },
    ]);
    expect(codesOf(inspection)).not.toContain('CSV_ENCODING_UNSURE');
  });

  it.each(['shift_jis', 'windows-1252'])(
    'the encoding is detected even if %s begins long after the first bytes',
    async (encoding) => {
      const language = encoding === 'shift_jis' ? 'Japanese' : 'French';
      const plain = `a,b,c\n${lines((index) => `x${index % 9},${index % 31},plain words`, 15_000)}`;
      const late = tableOf(LANGUAGES[language]!).split('\n').slice(1).join('\n');
      const bytes = Buffer.concat([Buffer.from(plain), encoded(late, encoding)]);
      expect(bytes.length).toBeGreaterThan(1 << 18);
      const inspection = inspect(bytes);
      expect(inspection.dialect?.encoding).toBe(encoding);
      const last = inspection.table?.columns[2];
      expect(last?.storage === 'label' ? last.labels : []).toContain(encoding === 'shift_jis' ? '晴れ' : 'façade');
    },
  );

  it('UTF-16 without a byte order mark is detected', async () => {
    const text = tableOf(LANGUAGES['Japanese']!);
    for (const bytes of [Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()]) {
      const inspection = await inspectBoth(bytes);
      expect(namesOf(inspection)).toEqual(['都市', '来客', '天気']);
      expect(issuesOf(inspection, 'CSV_ENCODING_GUESSED')[0]?.message).toContain('no byte order mark');
    }
  });

  it.each(['José', 'Müller', '20 °C', '5 µg/m³', 'São Paulo', 'Peña', 'Curaçao', 'Åland', '½', '£5', 'Zoë', 'ÉTÉ'])(
    'a file stays Western European for %s alone',
    (word) => {
      const inspection = inspect(Buffer.from(`a,b\n${word},1\nx,2\n`, 'latin1'));
      expect(inspection.dialect?.encoding).toBe('windows-1252');
      expect(inspection.preview[0]?.cells[0]).toBe(word);
      expect(codesOf(inspection)).not.toContain('CSV_ENCODING_UNSURE');
    },
  );

  it('an encoding without plausible words gives a warning', () => {
    const bytes = Buffer.from(`a,b\n${lines((index) => `x\xb3y\xbfz\xa4w${index % 3},${index}`)}`, 'latin1');
    expect(issuesOf(inspect(bytes), 'CSV_ENCODING_UNSURE')).toMatchObject([
      { severity: 'WARNING', hint: expect.stringContaining('csv.encoding') },
    ]);
  });

  it('a given encoding, and UTF-8, are not guessed', () => {
    const bytes = encoded(tableOf(LANGUAGES['Polish']!), 'windows-1250');
    expect(codesOf(inspect(bytes, { encoding: 'windows-1250' })).join()).not.toContain('ENCODING');
    for (const { header, words } of Object.values(LANGUAGES)) {
      expect(codesOf(inspect(tableOf({ header, words, encodings: [] }))).join()).not.toContain('ENCODING');
    }
  });
});
