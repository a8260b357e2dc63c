// The part of elkjs that computes, without the door that talks to it over timers; the package has no types for it.
declare module 'elkjs/lib/elk-worker.min.js' {
  export class Worker {
    onmessage: (message: { readonly data: unknown }) => void
    readonly dispatcher: { saveDispatch(message: { readonly data: unknown }): void }
  }
}
