/** The words short messages are made of: "hello" has too few letters for any statistics, and everybody knows it. */

const WORDS: Readonly<Record<string, string>> = {
  en: 'hello hi hey thanks thank you please yes yeah yep sorry bye goodbye help what where when who why how order morning good i my the is are can',
  es: 'hola gracias por favor sí perdón adiós ayuda qué dónde cuándo quién cómo pedido buenos buenas días tardes mi el los las es puedo quiero',
  de: 'hallo hi moin danke bitte ja nein entschuldigung tschüss hilfe was wo wann wer warum wie bestellung guten tag morgen ich mein meine der das ist kann',
  fr: 'bonjour salut merci oui non pardon aide quoi où quand qui pourquoi comment commande bonsoir je mon ma le les est puis',
  pt: 'olá oi obrigado obrigada sim não desculpe tchau ajuda onde quando quem como pedido bom boa dia tarde meu minha o os eu quero',
  it: 'ciao salve grazie prego sì scusa arrivederci aiuto cosa dove quando chi perché come ordine buongiorno buonasera mio mia il gli io voglio',
  nl: 'hallo hoi dank bedankt alsjeblieft ja nee sorry doei hulp wat waar wanneer wie waarom hoe bestelling goedemorgen ik mijn de het is kan',
};

const LEXICON = new Map(
  Object.entries(WORDS).map(([code, words]) => [code, new Set(words.split(' '))] as const),
);
const MAX_WORDS = 3;

/** The languages of the channel in which most of the words are common, the same number in each; none for longer texts. */
export function shortWordsLanguages(text: string, languages: readonly string[]): readonly string[] {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length === 0 || words.length > MAX_WORDS) return [];
  const hits = languages.map(code => ({
    code,
    count: words.filter(word => LEXICON.get(code)?.has(word)).length,
  }));
  const most = Math.max(0, ...hits.map(({ count }) => count));
  return most * 2 > words.length ? hits.filter(({ count }) => count === most).map(({ code }) => code) : [];
}
