import { describe, expect, test } from 'vitest'
import { dimensionsDefault, lexicalVector } from '../../services/llm/offline/lexical-vector.ts'
import { cosine } from './llm.contract.ts'

const pairs: readonly (readonly [question: string, passage: string])[] = [
  [
    'How many days of paid leave do employees get?',
    'Every employee is entitled to 28 days of paid leave in each calendar year, pro rata in the first.',
  ],
  ['When are invoices paid?', 'We settle each invoice within 30 days of receipt, provided that a purchase order number is on it.'],
  [
    'What is the notice period for terminating the contract?',
    'Either party may terminate this contract with three months notice to the end of a quarter.',
  ],
  [
    'Which temperature must the freezer keep?',
    'Freezers in the laboratory are kept at minus 80 degrees; an alarm rings above a temperature of minus 70.',
  ],
  ['How do I reset my password?', 'To reset a forgotten password, open the sign-in page and follow the link that is sent by mail.'],
  ['Who approves travel expenses?', 'Expenses for travel above 500 euros need the approval of the head of department before booking.'],
  ['How often is the database backed up?', 'Backups of the database are taken every night at two and kept for ninety days.'],
  [
    'What does the warranty of the pump cover?',
    'The warranty covers defects of the pump in material and workmanship for 24 months after delivery.',
  ],
  [
    'Where is the fire assembly point?',
    'In case of fire leave the building by the nearest exit and gather at the assembly point in the car park.',
  ],
  ['How is the delivery tracked?', 'Each parcel carries a number with which its delivery can be tracked on the carrier’s pages.'],
  [
    'Which languages does the interface support?',
    'The user interface is available in English, German and French; other languages are planned.',
  ],
  [
    'What happens when a worker process crashes?',
    'If a worker crashes, another process claims its partitions and replays the log from the last checkpoint.',
  ],
]

const vectorOf = (text: string): Float32Array => lexicalVector(text, dimensionsDefault) ?? expect.fail(`no vector for '${text}'`)

describe('the lexical embedding', () => {
  test.each(pairs)('finds the passage for: %s', (question, passage) => {
    const asked = vectorOf(question)
    const nearest = pairs.map(([, text]) => ({ text, near: cosine(asked, vectorOf(text)) })).toSorted((a, b) => b.near - a.near)
    expect(nearest[0]?.text).toBe(passage)
  })

  test('puts a text near its paraphrase, and far from another subject', () => {
    const text = vectorOf('The contract may be terminated with three months notice.')
    const near = cosine(text, vectorOf('Notice of termination: three months for either contract.'))
    const far = cosine(text, vectorOf('Freezers are kept at minus 80 degrees.'))
    expect(near).toBeGreaterThan(0.4)
    expect(far).toBeLessThan(0.15)
  })

  test('has length one and finite numbers for any text with a character in it, in any script', () => {
    for (const text of ['a', 'the of and', '!!!', '水曜日に会う', '🌍', 'x '.repeat(5000)]) {
      expect(Math.hypot(...vectorOf(text))).toBeCloseTo(1, 4)
    }
    expect(lexicalVector('  \n', dimensionsDefault)).toBeUndefined()
  })
})
