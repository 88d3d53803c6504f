// J10 at the end of other journeys: what they left on the chain recomputes from public data.
import assert from 'node:assert/strict'
import { auditAt, type CityAudit } from '@busan/sdk'

/**
 * Audits a height with nothing but the public RPC; every difference is zero.
 * @param addresses as Ignition writes them
 * @param block default: the latest
 */
export async function recomputes(
  url: string,
  addresses: unknown,
  block?: bigint,
): Promise<CityAudit> {
  const audit = await auditAt(url, addresses, block === undefined ? {} : { block })
  const { findings, eventCount, callCount, blockNumber } = audit
  assert.deepEqual(
    findings.filter(({ difference }) => difference !== 0n),
    [],
  )
  console.log(
    `J10: at block ${blockNumber}, from ${eventCount} events and ${callCount} calls, ${findings.length} claims, ` +
      'every difference zero',
  )
  return audit
}

/** What a claim's figures add up to on the chain. */
export const foundIn = ({ findings }: CityAudit, id: string): bigint | undefined =>
  findings.find((finding) => finding.id === id)?.found
