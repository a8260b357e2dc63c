// Questions
// What a person would ask a document, from its headings and the first sentence below each. Rules in order; the first that fits words the question. Pure.

/** Questions to one document, the most telling first. */
export function questionsTo({ file, text }: { readonly file: string; readonly text: string }): readonly string[] {
  const sections = sectionsOf(text)
  const title = sections.find(({ level }) => level === 1)?.heading ?? nameOf(file)
  const parts = sections.filter(({ level, heading }) => level > 1 && level <= 3 && !isOrdinary(heading))
  const about = sections.find(({ level }) => level === 1)
  const whole = definition(about?.firstSentence ?? '', title)
  const fromParts = parts
    .map((part) => definition(part.firstSentence, part.heading) ?? questionOf(part.heading, title))
    .toSorted((left, right) => tellingOf(right) - tellingOf(left))
  const general = whole ?? `What is ${quoted(title)} about, and what matters most in it?`
  return [...new Set([...(whole === undefined ? [] : [whole]), ...fromParts.slice(0, questionsPerDocumentMax - 1), general])].slice(
    0,
    questionsPerDocumentMax,
  )
}

/** A heading of one word says little: more words of some length make a better question, up to what a person would ask. */
const tellingOf = (question: string): number =>
  Math.min(tellingWordsMax, question.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 3).length)
const tellingWordsMax = 6
const questionsPerDocumentMax = 3
const headingCharactersMax = 90

interface Section {
  readonly level: number
  readonly heading: string
  readonly firstSentence: string
}

/** Markdown headings outside code blocks. */
function sectionsOf(text: string): readonly Section[] {
  const sections: { level: number; heading: string; firstSentence: string }[] = []
  let isCode = false
  for (const line of text.split('\n')) {
    if (/^\s*(```|~~~)/.test(line)) isCode = !isCode
    if (isCode) continue
    const [, marks, heading] = /^(#{1,6})\s+(.+?)\s*#*$/.exec(line) ?? []
    const last = sections.at(-1)
    if (marks !== undefined && heading !== undefined)
      sections.push({ level: marks.length, heading: shortened(plain(heading)), firstSentence: '' })
    else if (last?.firstSentence === '' && /^[\p{L}`*_"“[]/u.test(line)) last.firstSentence = firstSentence(plain(line))
  }
  return sections
}

/** Without Markdown's marks and numbering. */
const plain = (text: string): string =>
  text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]|(?<!\w)_|_(?!\w)/g, '')
    .replace(/^\d+(\.\d+)*[.):]?\s+/, '')
    .trim()

/** A heading up to its first aside: `Limits (measured)`, `Signals: what is lost`. */
const shortened = (heading: string): string => {
  const head = heading.split(/ \(|: | \| | [–—] |, /, 1)[0] ?? heading
  return (head.length < 3 ? heading : head).slice(0, headingCharactersMax)
}

const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text

const ordinary =
  /^(introduction|overview|contents|table of contents|notes?|see also|references?|license|licence|changelog|summary|appendix|status|context|decision|consequences|what would make us change it)$/i
const isOrdinary = (heading: string): boolean => ordinary.test(heading) || heading.length < 3

const asking = /^(what|why|how|when|where|who|which|can|does|do|is|are|should|must|may)\b/i
const imperative =
  /^(add|ask|build|call|change|check|choose|configure|connect|create|debug|deploy|find|get|host|install|make|measure|migrate|monitor|move|publish|read|release|remove|run|scale|send|set|start|stop|test|update|upgrade|use|watch|write)\s/i

function questionOf(heading: string, title: string): string {
  const phrase = lowered(heading.replace(/[:.]$/, ''))
  if (/^how to /i.test(heading)) return `How do I ${phrase.slice('how to '.length)}?`
  if (heading.endsWith('?')) return heading
  if (/^(when|if|where) /i.test(heading)) return `What happens ${phrase}?`
  if (/^(what|why|how|who|which) /i.test(heading)) return `${upper(phrase)}, according to ${quoted(title)}?`
  if (asking.test(heading)) return `${upper(phrase)}?`
  if (imperative.test(heading)) return `How do I ${phrase}?`
  if (/^\w+ing\s/i.test(heading)) return `How does ${phrase} work?`
  return `What does ${quoted(title)} say about ${phrase}?`
}

/** "A turn is one step …" is asked for as "What is a turn?". */
function definition(sentence: string, heading: string): string | undefined {
  const [, subject, verb] =
    /^((?:(?:A|An|The|Every|Each)\s)?[\p{L}\p{N}][\p{L}\p{N}/ -]{1,40}?)\s(is|are)\s(?:a|an|the|one|what|how|where)\b/u.exec(sentence) ?? []
  if (subject === undefined || verb === undefined) return undefined
  if (/^(this|that|these|those|it|there|they|we|you|here|what|which|one|all|everything)\b/i.test(subject)) return undefined
  const shared = heading
    .toLowerCase()
    .split(/\W+/)
    .some((word) => word.length > 3 && subject.toLowerCase().includes(word.slice(0, 5)))
  return shared ? `What ${verb} ${lowered(subject.replace(/^(Every|Each)\s/, 'a '))}?` : undefined
}

const upper = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
/** A name or an abbreviation keeps its capitals. */
const lowered = (text: string): string => (/^[A-Z][a-z-]*(?=\s|$)/.test(text) ? text.slice(0, 1).toLowerCase() + text.slice(1) : text)
const quoted = (title: string): string => `“${title}”`
const nameOf = (file: string): string => (file.split('/').at(-1) ?? file).replace(/\.\w+$/, '').replace(/[-_]+/g, ' ')
