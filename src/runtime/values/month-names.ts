/**
 * The names of the months from January on, in full and as they are cut, in lower case and without accents. No word is two
 * months: what differs between languages (listopad) is read in none.
 */
const NAMES: readonly (readonly string[])[] = [
  // German, Scandinavian languages, Dutch
  ['januar januari janner jan', 'februar februari feb', 'marz mrz marts mars maart mrt', 'april apr'],
  ['mai maj mei', 'juni jun', 'juli jul', 'august augusti augustus aug'],
  ['september sept sep', 'oktober okt', 'november nov', 'dezember desember december dez des dec'],
  // French
  ['janvier janv', 'fevrier fevr', 'mars', 'avril avr', 'mai', 'juin', 'juillet juil', 'aout'],
  ['septembre', 'octobre oct', 'novembre', 'decembre'],
  // Spanish
  ['enero ene', 'febrero', 'marzo', 'abril abr', 'mayo', 'junio', 'julio', 'agosto ago'],
  ['septiembre setiembre', 'octubre', 'noviembre', 'diciembre dic'],
  // Italian
  ['gennaio gen', 'febbraio', 'marzo', 'aprile', 'maggio mag', 'giugno giu', 'luglio lug', 'agosto'],
  ['settembre', 'ottobre ott', 'novembre', 'dicembre'],
  // Portuguese
  ['janeiro', 'fevereiro fev', 'marco', 'abril', 'maio', 'junho', 'julho', 'agosto'],
  ['setembro', 'outubro', 'novembro', 'dezembro'],
  // Polish
  ['stycznia', 'lutego', 'marca', 'kwietnia', 'maja', 'czerwca', 'lipca', 'sierpnia'],
  ['wrzesnia', 'pazdziernika', 'listopada', 'grudnia'],
  // Russian
  ['января январь янв', 'февраля февраль фев', 'марта март мар', 'апреля апрель апр', 'мая маи', 'июня июнь июн'],
  ['июля июль июл', 'августа август авг', 'сентября сентябрь сен', 'октября октябрь окт', 'ноября ноябрь ноя'],
  ['декабря декабрь дек'],
];

/** The number of the month, 1 to 12, for each of its names. */
export const MONTH_NAMES: ReadonlyMap<string, number> = new Map(
  NAMES.flat().flatMap((names, index) => names.split(' ').map((name) => [name, (index % 12) + 1] as const)),
);
