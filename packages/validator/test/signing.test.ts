import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CodedError, keccakHash, present } from '@busan/primitives'
import { openJournal } from '@busan/storage'
import { createMetrics, silentLogger } from '@busan/telemetry'
import {
  createJournalDisk,
  createToyChain,
  createToyPool,
  createValidatorKeys,
  createVirtualClock,
  settle,
  type ToyChain,
  type VirtualClock,
} from '@busan/testkit'
import { createValidator, type Signer, type SigningJournal, type Validator } from '@busan/validator'

const [key, otherKey] = createValidatorKeys(2).map((one) => present(one, 'key'))
const self = present(key, 'key')
const other = present(otherKey, 'key')

interface Lone {
  readonly validator: Validator
  readonly chain: ToyChain
  readonly clock: VirtualClock
  readonly published: Uint8Array[]
}

/** One validator that decides on its own; every one of its signatures goes through the signer and the journal. */
function lone(signer: Signer, journal: SigningJournal): Lone {
  const clock = createVirtualClock({ startMs: 1_700_000_000_000 })
  const chain = createToyChain({ clock, validators: [self.address] })
  const published: Uint8Array[] = []
  const gossip = {
    publishConsensus: async (message: Uint8Array) => void published.push(message),
    publishBlock: async () => {},
  }
  const sync = { isBehind: () => false, noteHeight: () => {} }
  const signing = { signer, journal }
  const ports = { chain, clock, gossip, sync, signing, pool: createToyPool() }
  const validator = createValidator({ ...ports, logger: silentLogger, metrics: createMetrics() })
  validator.start()
  return { validator, chain, clock, published }
}

const blockCount = ({ chain }: Lone) => chain.blocks.length - 1

describe('a signer', () => {
  it('that fails for a while is asked again', async () => {
    let failures = 0
    const unreliable: Signer = {
      address: self.address,
      async sign(digest) {
        if (++failures % 3 === 0) throw new Error('the key service is away')
        return self.sign(digest)
      },
    }
    const node = lone(unreliable, createJournalDisk().open())
    await node.clock.advanceUntil(() => blockCount(node) >= 3, 60_000)
  })

  it('that gives no answer does not hang the validator', async () => {
    let asked = 0
    const hanging: Signer = {
      address: self.address,
      sign: (digest) => (++asked === 1 ? new Promise(() => {}) : self.sign(digest)),
    }
    const node = lone(hanging, createJournalDisk().open())
    await node.clock.advanceUntil(() => blockCount(node) >= 3, 60_000)
  })

  it('that signs with another key never gets a message out', async () => {
    const wrong: Signer = { address: self.address, sign: other.sign }
    const node = lone(wrong, createJournalDisk().open())
    await node.clock.advance(10_000)
    assert.equal(blockCount(node), 0)
    assert.equal(node.published.length, 0)
  })
})

describe('a proposer', () => {
  it('hands on the transactions that its block could not take', async () => {
    const clock = createVirtualClock({ startMs: 1_700_000_000_000 })
    const chain = createToyChain({ clock, validators: [self.address] })
    const refused = [{ hash: keccakHash(Uint8Array.of(1)), reason: 'nonce-too-low' }] as const
    const told: unknown[] = []
    const validator = createValidator({
      chain: {
        ...chain,
        buildProposal: async (request) => ({ ...(await chain.buildProposal(request)), refused }),
      },
      clock,
      gossip: { publishConsensus: async () => {}, publishBlock: async () => {} },
      sync: { isBehind: () => false, noteHeight: () => {} },
      signing: { signer: self, journal: createJournalDisk().open() },
      pool: createToyPool(),
      logger: silentLogger,
      metrics: createMetrics(),
      onRefused: (transactions) => told.push(transactions),
    })
    validator.start()
    await clock.advanceUntil(() => chain.blocks.length > 1, 10_000)
    assert.deepEqual(told, [refused])
    await validator.stop()
  })
})

describe('a signing journal', () => {
  it('that cannot be written stops all signing', async () => {
    const broken: SigningJournal = {
      replay: () => [],
      append: () => Promise.reject(new Error('no space left on device')),
      rewrite: () => Promise.reject(new Error('no space left on device')),
      close: () => Promise.resolve(),
    }
    const node = lone(self, broken)
    await node.clock.advance(10_000)
    assert.equal(node.published.length, 0)
    assert.equal(node.validator.status().activity, 'signing-stopped')
    assert.match(node.validator.status().diagnosis, /journal cannot be written/)
  })

  it('of another key, or damaged, is refused at the start', async () => {
    const disk = createJournalDisk()
    const node = lone(self, disk.open())
    await node.clock.advanceUntil(() => node.published.length > 1, 10_000)
    const codeOf = (act: () => unknown) => {
      try {
        act()
        return 'nothing thrown'
      } catch (error) {
        return error instanceof CodedError ? error.code : String(error)
      }
    }
    assert.equal(
      codeOf(() => lone(other, disk.open())),
      'signing-journal-foreign',
    )
    await disk.open().append(Uint8Array.of(7, 7))
    assert.equal(
      codeOf(() => lone(self, disk.open())),
      'signing-journal-malformed',
    )
  })

  it('holds one record once its height is decided', async () => {
    const disk = createJournalDisk()
    const node = lone(self, disk.open())
    await node.clock.advanceUntil(() => blockCount(node) === 5, 10_000)
    await settle()
    assert.equal(disk.recordCount(), 1)
  })

  it('that is being written when the validator stops begins nothing afterwards', async () => {
    const disk = createJournalDisk()
    const node = lone(self, disk.open())
    let stopped: Promise<void> | undefined
    disk.onWrite((writeNumber) => {
      // The fourth write ends height 1, after its proposal, prepare and commit.
      if (writeNumber === 4) stopped = node.validator.stop()
    })
    await node.clock.advanceUntil(() => stopped !== undefined, 10_000)
    await stopped
    await node.clock.advance(10_000)
    assert.equal(node.validator.status().activity, 'stopped')
    assert.equal(node.clock.pendingCount(), 0)
    assert.equal(blockCount(node), 1)
  })

  it('works on a real disk, and is closed by stop', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'validator-'))
    try {
      const path = join(folder, 'signing.journal')
      const journal = await openJournal(path)
      const node = lone(self, journal)
      const appended = nextAppend(journal)
      await node.clock.advance(1100)
      await appended
      await node.validator.stop()
      await assert.rejects(journal.append(Uint8Array.of(0)), { code: 'journal-closed' })
      const reopened = await openJournal(path)
      assert.ok(reopened.replay().length > 0)
      lone(self, reopened)
      await reopened.close()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** Resolves when the journal's next append is on disk. */
function nextAppend(journal: { append(record: Uint8Array): Promise<void> }): Promise<void> {
  const { append } = journal
  return new Promise((resolve) => {
    journal.append = async (record) => {
      await append(record)
      resolve()
    }
  })
}
