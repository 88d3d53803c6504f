import { isIP } from 'node:net'

/** Who may reach a listener. Lists hold names, or `*` / `all` for everyone. */
export interface AccessRules {
  /** Host names a request may carry; IP literals always may, so that DNS rebinding cannot reach the node. */
  readonly allowedHosts: readonly string[]
  /** Browser origins. */
  readonly corsOrigins: readonly string[]
}

/** geth's rule for the Host header. */
export function isAllowedHost(host: string | undefined, { allowedHosts }: AccessRules): boolean {
  if (host === undefined || host === '' || isForAll(allowedHosts)) return true
  const name = hostName(host)
  return isIP(name) !== 0 || isNamed(allowedHosts, name)
}

/** Browsers do not apply CORS to WebSockets, so the server checks; pages of this machine may connect. */
export function isAllowedOrigin(origin: string | undefined, { corsOrigins }: AccessRules): boolean {
  if (origin === undefined || isForAll(corsOrigins) || isNamed(corsOrigins, origin)) return true
  return URL.canParse(origin) && new URL(origin).hostname === 'localhost'
}

/** What @fastify/cors takes: nobody unless the operator says so. */
export function corsOrigin({ corsOrigins }: AccessRules): true | false | string[] {
  if (isForAll(corsOrigins)) return true
  return corsOrigins.length === 0 ? false : [...corsOrigins]
}

/** True for an address that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function isForAll(list: readonly string[]): boolean {
  return list.includes('*') || list.includes('all')
}

function isNamed(list: readonly string[], name: string): boolean {
  return list.some((entry) => entry.toLowerCase() === name.toLowerCase())
}

/** Without the port and the brackets of an IPv6 literal. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]+)\]/.exec(host)
  return bracketed?.[1] ?? host.replace(/:\d*$/, '')
}
