import fc from 'fast-check'
import { actorId } from '../../../machines/address.ts'
import { refTo } from '../../../machines/authoring.ts'

/** Anything a context may hold. */
export const storables = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(undefined, null, Number.NaN, Number.POSITIVE_INFINITY, -0, 0, true, false),
    fc.string(),
    fc.double(),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.constant(refTo(actorId('acme', 'ledger', 'main'))),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('@Date', '@@Date', '@undefined', '@ref', '@x', '__proto__')),
      tie('value'),
      { maxKeys: 3 },
    ),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => new Set(items)),
  ),
})).value
