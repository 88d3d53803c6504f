import { createHash } from 'node:crypto'
import type { Clock } from '@busan/primitives'
import { jwtVerify } from 'jose'
import type { Caller } from '../method.ts'
import { type MethodPolicy, methodFilter } from '../method-policy.ts'
import { createMeter, createMeters, type Meter, type RateLimit } from '../rate-limit.ts'

/** A partner's right to use a listener: what its key opens, and how often. */
export interface ApiKey extends MethodPolicy {
  /** Names the partner in logs and in the `sub` of its tokens; the key itself is nowhere written down. */
  readonly name: string
  /** SHA-256 of the key, 64 hex digits. */
  readonly sha256: string
  /** Namespaces; absent: those of the listener. None of them ever lets a partner change the node. */
  readonly apis?: readonly string[]
  /** Absent: no limit. */
  readonly rate?: RateLimit
  /** Browser origins that may use it; absent: any that the listener allows. */
  readonly origins?: readonly string[]
}

/** Who may use a listener, beside the namespaces that it serves. */
export interface CallerRules extends MethodPolicy {
  readonly keys?: readonly ApiKey[]
  /** Requests without a key are refused. */
  readonly requiresKey?: boolean
  /** Verifies tokens (HS256), 32 bytes at least; absent: none are taken. */
  readonly jwtSecret?: Uint8Array
  /** For each client address that comes without a key; absent: no limit. */
  readonly rate?: RateLimit
}

/** What a request shows of whoever sends it. */
export interface Credentials {
  /** From the path, `/k/<key>`; fastify takes 100 characters there. */
  readonly key?: string | undefined
  readonly authorization?: string | undefined
  readonly origin?: string | undefined
  readonly address: string
}

/** Who it is, or why nobody is served: an HTTP status and words. */
export type Identified =
  | { readonly caller: Caller }
  | { readonly status: 401; readonly why: string }

/** Tells callers apart. */
export interface Callers {
  identify(credentials: Credentials): Promise<Identified>
}

interface Partner {
  readonly caller: Caller
  readonly origins: readonly string[] | undefined
}

/** @param base what a caller without a key may do, rates and globs apart */
export function createCallers(
  rules: CallerRules,
  base: Pick<Caller, 'apis' | 'isOperator'>,
  clock: Pick<Clock, 'nowMs'>,
): Callers {
  const { keys = [], rate } = rules
  const meterOf = rate && createMeters(rate, clock)
  const anyone: Caller = { ...base, allows: methodFilter(rules) }
  const partners = keys.map((key) => [key, partnerOf(key, base, clock)] as const)
  const byHash = new Map(partners.map(([key, partner]) => [key.sha256.toLowerCase(), partner]))
  const byName = new Map(partners.map(([key, partner]) => [key.name, partner]))
  const admit = (partner: Partner | undefined, origin: string | undefined, why: string) => {
    if (partner === undefined) return refused(why)
    const { origins, caller } = partner
    const isForeign = origin !== undefined && origins !== undefined && !origins.includes(origin)
    return isForeign ? refused('this key is not for pages of that origin') : { caller }
  }
  return {
    async identify({ key, authorization, origin, address }) {
      if (key !== undefined) {
        return admit(
          byHash.get(sha256(key)),
          origin,
          'unknown API key: ask the operator of this node for one',
        )
      }
      const token = /^bearer (.+)$/i.exec(authorization ?? '')?.[1]
      if (token !== undefined && rules.jwtSecret !== undefined) {
        const name = await subjectOf(token, rules.jwtSecret)
        return admit(byName.get(name ?? ''), origin, 'the token is not valid, or has expired')
      }
      if (rules.requiresKey === true) return refused('an API key is needed: POST to /k/<key>')
      return { caller: withMeter(anyone, meterOf?.(address)) }
    },
  }
}

function partnerOf(key: ApiKey, base: Pick<Caller, 'apis'>, clock: Pick<Clock, 'nowMs'>): Partner {
  const apis = key.apis === undefined ? base.apis : new Set(key.apis)
  const caller = { apis, isOperator: false, allows: methodFilter(key) }
  const meter = key.rate && createMeter(key.rate, clock)
  return { caller: withMeter(caller, meter), origins: key.origins }
}

function withMeter(caller: Caller, meter: Meter | undefined): Caller {
  return meter === undefined ? caller : { ...caller, meter }
}

/** Whom a token names; undefined: it is forged, has expired, or never expires. */
async function subjectOf(token: string, secret: Uint8Array): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, {
      algorithms: ['HS256'],
      requiredClaims: ['sub', 'exp'],
    })
    return payload.sub
  } catch {
    return undefined
  }
}

function refused(why: string): Identified {
  return { status: 401, why }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
