// Terms
// The words that carry a text's meaning, cut to a common stem, so that 'deliveries' and 'delivered' count as one.

/** The terms of a text in order, repeats included. */
export const termsOf = (text: string): string[] =>
  wordsOf(text)
    .filter((word) => !stopWords.has(word))
    .map(stemOf)

/** Lower-case words and numbers. */
export const wordsOf = (text: string): string[] => text.normalize('NFKC').toLowerCase().match(wordPattern) ?? []

const wordPattern = /[\p{L}\p{N}]+(?:['’][\p{L}]+)?/gu

const stemCharacters = 7

/** Plural, -ing, -ed and a silent e go; then the first letters stand for the word: crude, but alike for both sides of a comparison. */
function stemOf(word: string): string {
  const bare = word.replace(/['’]s?$|['’][\p{L}]+$/u, '')
  const singular = bare.length > 4 ? bare.replace(/ies$/, 'y').replace(/([^su])s$/, '$1') : bare.replace(/^(\p{L}{3})s$/u, '$1')
  const root = singular.length > 5 ? singular.replace(/(ing|ed)$/, '') : singular
  const silent = root.length > 3 ? root.replace(/e$/, '') : root
  return silent.slice(0, stemCharacters)
}

/** Words of function: they say nothing of what a text is about. */
const stopWords = new Set(
  `a about after all also am an and any are as at be because been before being between both but by can could did do does done down during each
  either else ever every few for from further get give given got had happen happened happens has have having he her here hers him his how i if in into is it its itself just
  let like made make many may me might more most much must my neither no nor not of off on once one only or other our out over own per please
  same say she should so some such than that the their them then there these they this those through to too under until up upon us very via was
  we were what when where whether which while who whom whose why will with within without would yes yet you your`.split(/\s+/),
)
