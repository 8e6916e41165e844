/**
 * The names of the months from January on, in full and as they are cut, in lower case and without accents: in German, the
 * Scandinavian languages, Dutch, French, Spanish, Italian, Portuguese, Polish and Russian. No word is two months: what differs
 * between languages (listopad) is read in none.
 */
const NAMES: readonly string[] = [
  'ene enero gen gennaio jan janeiro janner januar januari janv janvier stycznia янв январь января',
  'feb febbraio febrero februar februari fev fevereiro fevr fevrier lutego фев февраль февраля',
  'maart marca marco mars marts marz marzo mrt mrz мар март марта',
  'abr abril apr april aprile avr avril kwietnia апр апрель апреля',
  'mag maggio mai maio maj maja mayo mei маи мая',
  'czerwca giu giugno juin jun junho juni junio июн июнь июня',
  'juil juillet jul julho juli julio lipca lug luglio июл июль июля',
  'ago agosto aout aug august augusti augustus sierpnia авг август августа',
  'sep sept september septembre septiembre setembro setiembre settembre wrzesnia сен сентябрь сентября',
  'oct octobre octubre okt oktober ott ottobre outubro pazdziernika окт октябрь октября',
  'listopada nov november novembre novembro noviembre ноя ноябрь ноября',
  'dec december decembre des desember dez dezember dezembro dic dicembre diciembre grudnia дек декабрь декабря',
];

/** The number of the month, 1 to 12, for each of its names. */
export const MONTH_NAMES: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(' ').map((name) => [name, index + 1] as const)),
);
