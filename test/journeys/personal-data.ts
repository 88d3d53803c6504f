// Looks for personal data in everything that transactions left on a chain: calls, logs and storage.
import assert from 'node:assert/strict'
import { type Hex, isHex, keccak256, type PublicClient, sha256, stringToHex } from 'viem'

/** Personal data of one person, none of which may reach the chain. */
export type PersonalData = Readonly<Record<string, string>>

/** Of a person who does not exist: what offices see of citizens. */
export const NOBODY: PersonalData = {
  name: '김부산',
  romanName: 'Kim Busan',
  birthDate: '1987-03-14',
  address: '부산광역시 연제구 중앙대로 1001',
  phone: '010-5555-0123',
  residentNumber: '870314-1234567',
}

interface Diff {
  readonly post: Readonly<Record<string, { readonly storage?: Readonly<Record<Hex, Hex>> }>>
}

/**
 * Everything that a range of blocks wrote, as one hex text for each transaction.
 * @param fromBlock first block, included
 */
export async function writtenSince(client: PublicClient, fromBlock: bigint): Promise<string[]> {
  const written: string[] = []
  const head = await client.getBlockNumber()
  for (let blockNumber = fromBlock; blockNumber <= head; blockNumber++) {
    const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true })
    for (const { hash, input } of transactions) {
      const { logs } = await client.getTransactionReceipt({ hash })
      const diff = (await client.request({
        method: 'debug_traceTransaction',
        params: [hash, { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }],
      } as never)) as Diff
      const slots = Object.values(diff.post).flatMap(({ storage }) =>
        Object.entries(storage ?? {}).flat(),
      )
      const parts = [input, ...logs.flatMap(({ data, topics }) => [data, ...topics]), ...slots]
      written.push(parts.map((part) => part.slice(2).toLowerCase()).join('|'))
    }
  }
  return written
}

/** Invariant I3: no transaction of a chain left personal data, or a bare hash of it. */
export async function assertNothingPersonal(client: PublicClient): Promise<void> {
  const written = await writtenSince(client, 0n)
  assert.deepEqual(findPersonalData(written, NOBODY), [])
  console.log(`I3: ${written.length} transactions scanned, nothing personal found`)
}

/**
 * Which data stands in what was written, as text, as a bare hash of the text, or as a number.
 * @returns their names, each with how it was found
 */
export function findPersonalData(written: readonly string[], data: PersonalData): string[] {
  const found = new Set<string>()
  for (const [name, text] of Object.entries(data)) {
    for (const [how, needle] of Object.entries(formsOf(text))) {
      if (written.some((part) => part.includes(needle.slice(2)))) found.add(`${name} as ${how}`)
    }
  }
  return [...found]
}

function formsOf(text: string): Record<string, Hex> {
  const bytes = stringToHex(text)
  const quoted = stringToHex(JSON.stringify(text))
  const digits = text.replaceAll(/\D/g, '')
  const forms: Record<string, Hex> = {
    text: bytes,
    keccak256: keccak256(bytes),
    sha256: sha256(bytes),
    'keccak256 of JSON': keccak256(quoted),
    'sha256 of JSON': sha256(quoted),
  }
  // Shorter numbers occur by chance.
  const number: string =
    digits.length >= 8 ? `0x${BigInt(digits).toString(16).padStart(64, '0')}` : ''
  if (isHex(number)) forms.number = number
  return forms
}
