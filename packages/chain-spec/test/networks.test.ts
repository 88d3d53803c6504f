import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import {
  GWEI,
  type Hash,
  hexToBytes,
  keccakHash,
  toAddress,
  toChecksumAddress,
} from '@busan/primitives'
import { getContractAddress } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { createGenesisDocument, headerToItems, parseGenesis } from '../src/index.ts'
import { EMPTY_EXTRA_DATA } from './genesis-fixture.ts'

interface Predeploy {
  readonly name: string
  readonly address: `0x${string}`
  readonly nonce: number
  /** One hash, or one for each network where the chain id is part of the code. */
  readonly codeHash: string | Record<string, string>
  readonly createdBy:
    | { readonly sender: `0x${string}`; readonly nonce: number }
    | { readonly create2: `0x${string}`; readonly salt: Hash; readonly initCodeHash: Hash }
}

const folder = new URL('../../../chain-config/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8')
const predeploys: Predeploy[] = JSON.parse(read('predeploys.json'))
const NETWORKS = [
  ['devnet', 51053n, 1000, 2000],
  ['testnet', 51052n, 2000, 4000],
  ['mainnet', 51051n, 2000, 4000],
] as const
const MNEMONIC = 'test test test test test test test test test test test junk'

for (const [network, chainId, blockPeriodMs, requestTimeoutMs] of NETWORKS) {
  describe(`the genesis of ${network}`, () => {
    const text = read(`${network}/genesis.json`)
    const spec = parseGenesis(text)

    test('has Osaka from the first block and the settings of its network', () => {
      const header = spec.genesisHeader(`0x${'00'.repeat(32)}` as Hash)
      assert.equal(spec.chainId, chainId)
      assert.equal(spec.forkAt(0n, 0n).name, 'osaka')
      assert.equal(headerToItems(header).length, 21)
      assert.equal(header.baseFeePerGas, GWEI)
      assert.equal(header.gasLimit, 45_000_000n)
      assert.equal(header.difficulty, 1n)
      assert.equal(header.extraData, EMPTY_EXTRA_DATA)
      const qbft = spec.qbftAfter({ number: 0n, timestamp: 0n })
      assert.deepEqual(
        [qbft.blockPeriodMs, qbft.requestTimeoutMs, qbft.epochLength],
        [blockPeriodMs, requestTimeoutMs, 30_000],
      )
      assert.deepEqual(JSON.parse(read(`${network}/bootnodes.json`)), [])
    })

    test('is in canonical form', () => {
      assert.equal(createGenesisDocument({ template: text, extraData: EMPTY_EXTRA_DATA }), text)
    })

    test('holds the predeploys with their known code', () => {
      const withCode = spec.alloc.filter(({ code }) => code !== '0x')
      assert.deepEqual(
        withCode.map(({ address }) => address),
        predeploys.map(({ address }) => address).sort(),
      )
      for (const { name, address, nonce, codeHash } of predeploys) {
        const account = spec.alloc.find((one) => one.address === address)
        const expected = typeof codeHash === 'string' ? codeHash : codeHash[network]
        assert.equal(keccakHash(hexToBytes(account?.code ?? '0x')), expected, name)
        assert.equal(account?.nonce, BigInt(nonce), name)
        assert.equal(account?.balanceWei, 0n, name)
        const slots = [...(account?.storage ?? [])].map(([slot, value]) => [
          BigInt(slot),
          BigInt(value),
        ])
        // OpenZeppelin's ReentrancyGuard of EntryPoint v0.7 starts at "not entered" (1) in slot 2.
        assert.deepEqual(slots, name === 'EntryPoint v0.7' ? [[2n, 1n]] : [], name)
      }
    })

    test('funds the test mnemonic on devnet and nobody elsewhere', () => {
      const funded = spec.alloc.filter(({ balanceWei }) => balanceWei > 0n)
      const expected = network === 'devnet' ? testAccounts() : []
      assert.deepEqual(funded.map(({ address }) => address).sort(), expected.sort())
      for (const { balanceWei } of funded) assert.equal(balanceWei, 10n ** 22n)
    })

    test('leaves out the system contracts, so that state roots equal those of Besu', () => {
      const system = [
        '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
        '0x0000f90827f1c53a10cb7a02335b175320002935',
      ]
      assert.equal(
        spec.alloc.some(({ address }) => system.includes(address)),
        false,
      )
    })
  })
}

test('every predeploy stands where its creator would have put it', () => {
  for (const { name, address, createdBy } of predeploys) {
    const created =
      'create2' in createdBy
        ? getContractAddress({
            opcode: 'CREATE2',
            from: createdBy.create2,
            salt: createdBy.salt,
            bytecodeHash: createdBy.initCodeHash,
          })
        : getContractAddress({ from: createdBy.sender, nonce: BigInt(createdBy.nonce) })
    assert.equal(created, toChecksumAddress(toAddress(address)), name)
  }
})

function testAccounts(): string[] {
  return Array.from({ length: 20 }, (_, addressIndex) =>
    mnemonicToAccount(MNEMONIC, { addressIndex }).address.toLowerCase(),
  )
}
