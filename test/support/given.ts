// The kit that users get from `troupe/testing`.
export {
  bareDefinition,
  breaks,
  elapses,
  ends,
  given,
  hears,
  hearsFrom,
  Story,
  type Expected,
  type Step,
} from '../../runtime/testing/given.ts'
