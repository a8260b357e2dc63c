// Faulty ports
// One worker's ports with faults between it and the world: requests and answers that are lost, late or slow, and its own death before or after any of them.
//
// P1. Requests of one kind arrive in the order they were made, as on one connection, but for those that are late, as over one that broke; a contract of runtime/ports.ts is never broken.
// P2. A dead worker reaches nothing and hears nothing, a frozen one nothing until it is thawed (L1, L2).
import { MailboxFull, ServerUnavailable } from '../errors.ts'
import type { Log, Mailbox, Member, Membership, Orders, Ports, Reader, Signals, StateStore, Wakes } from '../ports.ts'
import type { Faults, RequestKind } from './faults.ts'
import type { Life } from './life.ts'

const answerMs = 400
const never = <T>(): Promise<T> => new Promise<T>(() => {})

export function faultyPorts(real: Ports, life: Life, faults: Faults): Ports {
  const way = wayOf(life, faults)
  return {
    ...real,
    clock: life.clock,
    log: logOf(real.log, way),
    mailbox: mailboxOf(real.mailbox, way),
    states: statesOf(real.states, way),
    wakes: wakesOf(real.wakes, way),
    signals: signalsOf(real.signals, way),
    deadLetters: { add: (address, id, bytes) => way.request('bury', () => real.deadLetters.add(address, id, bytes)) },
    membership: membershipOf(real.membership, way),
    orders: ordersOf(real.orders, way),
  }
}

/** The way between a worker and the world. */
interface Way {
  readonly life: Life
  readonly faults: Faults
  /** One request; `lost` gives or throws what the worker sees when no answer comes. */
  request<T>(kind: RequestKind, call: () => Promise<T>, lost?: () => T): Promise<T>
  strikes(rate: number): boolean
  /** 0 most of the time. */
  delayMs(): number
}

const canBeLate: ReadonlySet<RequestKind> = new Set(['append', 'post', 'save'])
const ofTheStore: ReadonlySet<RequestKind> = new Set(['load', 'save', 'bury'])

function wayOf(life: Life, faults: Faults): Way {
  const { dice, rates, clock } = faults
  const lastArrivals = new Map<RequestKind, number>()
  const strikes = (rate: number): boolean => faults.on && dice.chance(rate)
  const delayMs = (): number => (strikes(rates.slow) ? dice.between(0, rates.slowMsMax) : 0)
  const travel = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, () => !life.dead && resolve()))
  const awake = (): Promise<void> => new Promise((resolve) => life.enter(resolve))
  const arrive = async (kind: RequestKind): Promise<void> => {
    const storeMs = ofTheStore.has(kind) ? life.storeMs : 0
    const pending = lastArrivals.get(kind) ?? 0
    const at = Math.max(clock.now() + Math.max(delayMs(), storeMs), pending) // P1
    lastArrivals.set(kind, at)
    if (at > clock.now() || pending >= clock.now()) await travel(at - clock.now())
  }
  const dies = (kind: string): boolean => {
    if (!strikes(rates.crash)) return false
    life.crash(kind)
    return true
  }
  const noAnswer = async <T>(kind: RequestKind, lost: () => T): Promise<T> => {
    faults.tell(`${life.id} ${kind} has no answer`)
    await travel(answerMs)
    await awake()
    return lost()
  }
  const arriveLate = (kind: RequestKind, call: () => Promise<unknown>): void => {
    const ms = dice.between(0, rates.lateMsMax)
    faults.tell(`${life.id} ${kind} arrives in ${ms} ms`)
    clock.after(ms, () => void call().catch(() => {})) // nobody waits for it any more
  }
  return {
    life,
    faults,
    strikes,
    delayMs,
    async request(kind, call, lost = unavailable(kind)) {
      if (life.dead || dies(`before ${kind}`)) return never()
      await arrive(kind)
      if (life.dead) return never()
      if (canBeLate.has(kind) && strikes(rates.late)) {
        arriveLate(kind, call)
        return noAnswer(kind, lost)
      }
      if (life.cutOff || strikes(rates.requestLost)) return noAnswer(kind, lost)
      const answer = await call()
      if (life.dead || dies(`after ${kind}`)) return never()
      if (life.cutOff || strikes(rates.answerLost)) return noAnswer(kind, lost)
      const backMs = delayMs()
      if (backMs > 0) await travel(backMs)
      if (life.frozen) await awake() // P2
      return life.dead ? never() : answer
    },
  }
}

const unavailable = (kind: RequestKind) => (): never => {
  throw new ServerUnavailable(`${kind}: no answer`)
}

function logOf(real: Log, way: Way): Log {
  return {
    last: (partition) => way.request('read', () => real.last(partition)),
    at: (partition, seq) => way.request('read', () => real.at(partition, seq)),
    isLast: (partition, seq) => way.request('read', () => real.isLast(partition, seq)),
    read: async function* (partition, from, to) {
      await way.request('read', () => Promise.resolve())
      yield* real.read(partition, from, to)
      await way.request('read', () => Promise.resolve())
    },
    append: (partition, expected, bytes) =>
      way.request(
        'append',
        () => real.append(partition, expected, bytes),
        () => ({ ok: false, reason: 'unknown', cause: 'no answer' }),
      ),
  }
}

function statesOf(real: StateStore, way: Way): StateStore {
  return {
    load: (partition, actor) => way.request('load', () => real.load(partition, actor)),
    save: (partition, actor, expected, bytes) =>
      way.request(
        'save',
        () => real.save(partition, actor, expected, bytes),
        () => ({ ok: false, reason: 'unknown', cause: 'no answer' }),
      ),
    list: (partition) => real.list(partition),
  }
}

function mailboxOf(real: Mailbox, way: Way): Mailbox {
  const { faults } = way
  return {
    read: async (partition, from, deliver) => {
      const reader = slowReader(way, deliver)
      return reader.open(() => real.read(partition, from, reader.deliver))
    },
    sendChannel: (target, source, bytes) => {
      if (faults.mailboxFull) return Promise.reject(new MailboxFull('post: the mailbox is full'))
      if (way.strikes(faults.rates.refusedPost)) return Promise.reject(new ServerUnavailable('post: refused'))
      return way.request('post', () => real.sendChannel(target, source, bytes))
    },
    at: (seq) => way.request('read', () => real.at(seq)),
    lastSeq: () => way.request('read', () => real.lastSeq()),
    trim: (partition, seq) => way.request('trim', () => real.trim(partition, seq)),
  }
}

function wakesOf(real: Wakes, way: Way): Wakes {
  const { life } = way
  return {
    set: (partition, actor, due) => way.request('wake', () => real.set(partition, actor, due - (way.strikes(0.1) ? 2_000 : 0))), // early
    read: async (partition, deliver) => {
      const reader = slowReader<{ actor: Parameters<typeof deliver>[0]; done: () => void }>(way, ({ actor, done }) => {
        deliver(actor, done)
        if (way.strikes(0.1)) deliver(actor, done) // doubled
      })
      return reader.open(() =>
        real.read(partition, (actor, done) => reader.deliver({ actor, done: () => !life.dead && !life.cutOff && done() })),
      )
    },
  }
}

/** Deliveries that are late, in order, until the reader is stopped; some come before the reader knows that it is open. */
function slowReader<T>(way: Way, deliver: (what: T) => void) {
  const { life, faults } = way
  let last = 0
  let real: Reader | undefined
  let stopped = false
  const stop = async (): Promise<void> => {
    stopped = true
    await real?.stop()
  }
  const hear = (what: T): void => life.enter(() => stopped || deliver(what))
  return {
    deliver: (what: T): void => {
      const now = faults.clock.now()
      const at = Math.max(last, now + way.delayMs())
      if (at === now && last < now) return hear(what)
      last = at
      faults.clock.after(at - now, () => hear(what))
    },
    open: async (read: () => Promise<Reader>): Promise<Reader> => {
      life.atEnd(() => void stop())
      try {
        await way.request('open', async () => (real = await read()))
      } catch (error) {
        await stop() // a reader that could not be opened delivers nothing
        throw error
      }
      return { stop }
    },
  }
}

function signalsOf(real: Signals, way: Way): Signals {
  const { life, strikes, faults } = way
  const { rates, clock, dice } = faults
  return {
    publish: (subject, bytes) => {
      if (!life.dead && strikes(rates.crash)) life.crash(`before telling ${subject}`)
      if (life.dead || life.cutOff) return
      if (strikes(rates.signalLost)) return faults.tell(`${life.id} is not heard: ${subject}`)
      if (!strikes(rates.signalLate)) return real.publish(subject, bytes)
      const sent = bytes.slice()
      clock.after(dice.between(1, rates.slowMsMax + 1), () => real.publish(subject, sent))
    },
    subscribe: (subject, deliver) => {
      const reader = real.subscribe(subject, (signal) => {
        if (life.cutOff) return
        life.enter(() => deliver({ ...signal, respond: (bytes) => !life.dead && !life.cutOff && signal.respond(bytes) }))
      })
      life.atEnd(() => void reader.stop())
      return reader
    },
  }
}

function membershipOf(real: Membership, way: Way): Membership {
  const { life } = way
  return {
    announce: async (member) => {
      if (life.muted) return
      const partitions = member.partitions.map((load) => ({ ...load, busyShare: 0 })) // measured in real time
      await way.request('announce', () => real.announce({ ...member, partitions }))
    },
    leave: (id) => (life.dead ? never() : real.leave(id)),
    watch: async (changed) => {
      // Who hears nobody is alone on its own roll: silence is counted by its own clock, so that news is not lost but changed.
      const alone = (members: readonly Member[]): readonly Member[] => members.filter(({ id }) => id === life.id)
      const reader = await real.watch((members, departure) =>
        life.enter(() => changed(life.blind || life.cutOff ? alone(members) : members, departure)),
      )
      life.atEnd(() => void reader.stop())
      return reader
    },
  }
}

function ordersOf(real: Orders, { life }: Way): Orders {
  return {
    ...real,
    watch: async (changed) => {
      const reader = await real.watch((orders) => life.enter(() => life.cutOff || changed(orders)))
      life.atEnd(() => void reader.stop())
      return reader
    },
  }
}
