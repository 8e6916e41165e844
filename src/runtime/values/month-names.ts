/**
 * The names of the months from January on, in full and as they are cut, in lower case and without accents: in German, the
 * Scandinavian languages, Dutch, French, Spanish, Italian, Portuguese, Polish and Russian. No word is two months: what differs
 * between languages (listopad) is read in none. After a comma, what the name before is continued by: jul,io are jul and julio.
 */
const NAMES: readonly string[] = [
  'ene,ro gen,naio jan,eiro,ner,uar,uari,v,vier stycznia янв,арь,аря',
  'feb,braio,rero,ruar,ruari fev,ereiro,r,rier lutego фев,раль,раля',
  'maart marca marco mars marts marz,o mrt mrz мар,т,та',
  'abr,il apr,il,ile avr,il kwietnia апр,ель,еля',
  'mag,gio mai,o maj,a mayo mei маи мая',
  'czerwca giu,gno juin jun,ho,i,io июн,ь,я',
  'juil,let jul,ho,i,io lipca lug,lio июл,ь,я',
  'ago,sto aout aug,ust,usti,ustus sierpnia авг,уст,уста',
  'sep,t,tember,tembre,tiembre setembro setiembre settembre wrzesnia сен,тябрь,тября',
  'oct,obre,ubre okt,ober ott,obre outubro pazdziernika окт,ябрь,ября',
  'listopada nov,ember,embre,embro,iembre ноя,брь,бря',
  'dec,ember,embre des,ember dez,ember,embro dic,embre,iembre grudnia дек,абрь,абря',
];

/** The number of the month, 1 to 12, for each of its names. */
export const MONTH_NAMES: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) =>
    names.split(' ').flatMap((group) => {
      const [stem = '', ...endings] = group.split(',');
      return ['', ...endings].map((ending) => [stem + ending, index + 1] as const);
    }),
  ),
);
