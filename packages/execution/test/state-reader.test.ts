import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bytesToBigint,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  isCodedError,
  keccak256,
  keccakHash,
  toHash,
  ZERO_HASH,
} from '@busan/primitives'
import { genesisMPTStateRoot, verifyMerkleProof } from '@ethereumjs/mpt'
import { createAccountFromRLP } from '@ethereumjs/util'
import { computeGenesisState } from '../src/index.ts'
import { accountOf, address, createWorld } from './world.ts'

const slotOf = (value: number): Hash => toHash(`0x${value.toString(16).padStart(64, '0')}`)
const CODE = '0x6001600055'
const CONTRACT = address(0x77)
const storage = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [slotOf(i), `0x${(i + 1).toString(16)}`]),
)
const world = await createWorld({
  alloc: { [CONTRACT]: { code: CODE, balance: '0x5', nonce: '0x7', storage } },
})
const reader = world.executor.stateAt(world.genesis.stateRoot)

test('the genesis state has the root that the library computes', async () => {
  const genesis = Object.fromEntries(
    world.spec.alloc.map(({ address: account, balanceWei, nonce, code, storage: slots }) => [
      account,
      [`0x${balanceWei.toString(16)}`, code, [...slots], `0x${nonce.toString(16)}`],
    ]),
  )
  const expected = await genesisMPTStateRoot(genesis as never)
  assert.deepEqual(hexToBytes(world.genesis.stateRoot), expected)
  assert.equal((await computeGenesisState([])).stateRoot, EMPTY_TRIE_ROOT)
})

test('accounts, code and slots are read, absent ones as nothing', async () => {
  const account = await reader.account(CONTRACT)
  assert.deepEqual([account?.balanceWei, account?.nonce], [5n, 7n])
  assert.equal(account?.codeHash, keccakHash(hexToBytes(CODE)))
  assert.deepEqual(await reader.code(CONTRACT), hexToBytes(CODE))
  assert.deepEqual(await reader.storage(CONTRACT, slotOf(3)), hexToBytes(slotOf(4)))
  assert.deepEqual(await reader.storage(CONTRACT, slotOf(99)), hexToBytes(ZERO_HASH))
  assert.equal(await reader.account(address(0x78)), undefined)
  assert.equal((await reader.code(accountOf(0))).length, 0)
  assert.equal((await reader.code(address(0x78))).length, 0)
  assert.deepEqual(await reader.storage(address(0x78), slotOf(0)), hexToBytes(ZERO_HASH))
})

test('proofs of an account and its slots satisfy the library’s verifier (EIP-1186)', async () => {
  const slots = [slotOf(0), slotOf(7), slotOf(99)]
  const proof = await reader.proof(CONTRACT, slots)
  const root = hexToBytes(world.genesis.stateRoot)
  const rlp = await verifyMerkleProof(
    keccak256(hexToBytes(CONTRACT)),
    proof.accountProof.map(hexToBytes),
    { root },
  )
  assert.ok(rlp)
  const account = createAccountFromRLP(rlp)
  assert.deepEqual([account.balance, account.nonce], [proof.balanceWei, proof.nonce])
  assert.deepEqual(account.codeHash, hexToBytes(proof.codeHash))
  assert.deepEqual(account.storageRoot, hexToBytes(proof.storageHash))
  assert.deepEqual(
    proof.storageProof.map(({ slot, value }) => [slot, value]),
    [
      [slots[0], 1n],
      [slots[1], 8n],
      [slots[2], 0n],
    ],
  )
  for (const { slot, value, proof: nodes } of proof.storageProof) {
    const key = keccak256(hexToBytes(slot))
    const proven = await verifyMerkleProof(key, nodes.map(hexToBytes), {
      root: account.storageRoot,
    })
    if (value === 0n) assert.equal(proven, null)
    else assert.deepEqual(proven, encodeRlp(Uint8Array.of(Number(value))))
  }
})

test('an absent account is proven absent and described as empty', async () => {
  const proof = await reader.proof(address(0x78), [slotOf(1)])
  assert.deepEqual([proof.balanceWei, proof.nonce], [0n, 0n])
  assert.deepEqual([proof.codeHash, proof.storageHash], [EMPTY_CODE_HASH, EMPTY_TRIE_ROOT])
  assert.deepEqual(proof.storageProof, [{ slot: slotOf(1), value: 0n, proof: [] }])
  const key = keccak256(hexToBytes(address(0x78)))
  const root = hexToBytes(world.genesis.stateRoot)
  assert.equal(await verifyMerkleProof(key, proof.accountProof.map(hexToBytes), { root }), null)
})

test('a forged node breaks the proof', async () => {
  const { accountProof } = await reader.proof(CONTRACT, [])
  const nodes = accountProof.map(hexToBytes)
  const last = nodes.at(-1) as Uint8Array
  last[last.length - 1] = (last.at(-1) as number) ^ 1
  const root = hexToBytes(world.genesis.stateRoot)
  await assert.rejects(verifyMerkleProof(keccak256(hexToBytes(CONTRACT)), nodes, { root }))
})

test('older states stay readable after later blocks', async () => {
  const { result } = await world.mine(world.genesis, [world.sign(0, { to: address(1), value: 6n })])
  assert.equal(await reader.account(address(1)), undefined)
  const later = world.executor.stateAt(result.stateRoot)
  assert.equal((await later.account(address(1)))?.balanceWei, 6n)
  assert.equal(bytesToBigint(await later.storage(CONTRACT, slotOf(2))), 3n)
})

test('a root that is not stored is missing-state', async () => {
  const lost = world.executor.stateAt(slotOf(0x1234))
  await assert.rejects(lost.account(CONTRACT), (error) => isCodedError(error, 'missing-state'))
})
