// Blocks that are full of one thing each: 30 M gas of it.
import {
  type Address,
  bigintToBytes,
  concatBytes,
  type Hex,
  hexToBytes,
  padLeft,
  privateKeyToAddress,
} from '@busan/primitives'
import { CHAIN_ID, genesisDocument, senderKey, strangerOf } from './chain-state.ts'
import { createSigner } from './load.ts'
import { compileToken, transferData } from './token.ts'

const BLOCK_GAS = 30_000_000
/** Below what a transaction may have since Osaka (EIP-7825), and two fill a block. */
const LONG_GAS = BLOCK_GAS / 2
const SENDERS = 1000
const sign = createSigner(CHAIN_ID)
const RICH = `0x${(10n ** 24n).toString(16)}`

/** What a block is full of. */
export interface DelayWork {
  readonly name: string
  /** The contract that is called; undefined: coins change hands. */
  readonly code?: Hex
  readonly data: (index: number) => Uint8Array
  readonly gas: number
}

/** Runs again and again until 400,000 gas are left, and stops: what it has done stands. */
const looped = (body: string): Hex => `0x5b${body}62061a805a115f5700`

/** As {@link looped}, on memory that is the calldata after its first word, a call of the address in that word. */
const CALLER: Hex = '0x6020360360205f375b5f5f602036035f5f355afa60085700'

/** Called without data it calls itself with a byte, as {@link looped}; with data it reads a word at 49,120 and stops. */
const CALLS_ITSELF: Hex = '0x3615600a5761bfe051005b5f5f60015f305afa5062061a805a11600a5700'

const word = (value: bigint, size = 32): Uint8Array => padLeft(bigintToBytes(value), size)
const repeat = (bytes: Uint8Array, times: number): Uint8Array =>
  concatBytes(...Array.from({ length: times }, () => bytes))

/** One after another; each name says what the block does. */
export function delayWorks(): readonly DelayWork[] {
  const loops: Readonly<Record<string, Hex>> = {
    'powers (EXP)': looped(`7f${'ff'.repeat(32)}7f${'ff'.repeat(32)}0a50`),
    'keccak of 1 MiB': looped('621000005f2050'),
    'copies of 1 MiB': looped('621000005f621000005e'),
    'cold slots read': looped('5a5450'),
    'cold accounts read': looped('5a3150'),
    'slots written': looped('5a5a55'),
    'logs of 64 KiB': looped('620100005fa0'),
    'logs of four topics': looped('5a5a5a5a5f5fa4'),
    'empty creations': looped('5f5f5ff050'),
    'creations of 48 KiB': looped('61c0005f5ff050'),
    'calls with 48 KiB of memory': CALLS_ITSELF,
  }
  const calls: Readonly<Record<string, readonly [number, Uint8Array]>> = {
    'precompile 1: recovery': [1, hexToBytes(RECOVERY_INPUT)],
    'precompile 2: SHA-256 of 64 KiB': [2, new Uint8Array(65_536)],
    'precompile 3: RIPEMD-160 of 64 KiB': [3, new Uint8Array(65_536)],
    'precompile 5: powers of 1 KiB': [5, powerInput(1024, 32)],
    'precompile 5: exponents of 1 KiB': [5, powerInput(32, 1024)],
    'precompile 5: powers of 32 bytes': [5, powerInput(32, 32)],
    'precompile 6: sums': [6, concatBytes(BN_G1, BN_G1)],
    'precompile 7: products': [7, concatBytes(BN_G1, new Uint8Array(32).fill(0x2f))],
    'precompile 8: 2 pairs': [8, repeat(concatBytes(BN_G1, BN_G2), 2)],
    'precompile 8: 300 pairs': [8, repeat(concatBytes(BN_G1, BN_G2), 300)],
    'precompile 9: 14 M rounds': [9, concatBytes(word(14_000_000n, 4), new Uint8Array(209))],
    'precompile 11: BLS sums': [11, concatBytes(BLS_G1, BLS_G1)],
    'precompile 12: 128 BLS products': [12, repeat(concatBytes(BLS_G1, SCALAR), 128)],
    'precompile 12: 1 BLS product': [12, concatBytes(BLS_G1, SCALAR)],
    'precompile 14: 128 products in G2': [14, repeat(concatBytes(BLS_G2, SCALAR), 128)],
    'precompile 15: 2 BLS pairs': [15, repeat(concatBytes(BLS_G1, BLS_G2), 2)],
    'precompile 15: 250 BLS pairs': [15, repeat(concatBytes(BLS_G1, BLS_G2), 250)],
    'precompile 16: maps to G1': [16, word(7n, 64)],
    'precompile 17: maps to G2': [17, word(7n, 128)],
    'precompile 256: P-256': [256, new Uint8Array(160).fill(0x2f)],
  }
  return [
    { name: 'transfers', data: () => new Uint8Array(0), gas: 21_000 },
    {
      name: 'ERC-20 transfers',
      code: compileToken().runtimeCode,
      data: (index) => hexToBytes(transferData(strangerOf(`fresh ${index}`), 0n)),
      gas: 40_000,
    },
    ...Object.entries(loops).map(([name, code]) => ({
      ...{ name, code, data: () => new Uint8Array(0), gas: LONG_GAS },
    })),
    ...Object.entries(calls).map(([name, [address, input]]) => ({
      ...{ name, code: CALLER, gas: LONG_GAS },
      data: () => concatBytes(word(BigInt(address)), input),
    })),
  ]
}

/** The genesis, with all forks, of a chain on which the works can be done. */
export function delayGenesis(works: readonly DelayWork[]): string {
  const genesis = JSON.parse(genesisDocument({}))
  const senders = Array.from({ length: SENDERS }, (_, index) => [
    privateKeyToAddress(senderKey(index)),
    { balance: RICH },
  ])
  const contracts = works.map((work) => [contractOf(work), { balance: '0x0', code: work.code }])
  return JSON.stringify({
    ...genesis,
    config: { ...genesis.config, cancunTime: 0, pragueTime: 0, osakaTime: 0 },
    gasLimit: `0x${BLOCK_GAS.toString(16)}`,
    alloc: Object.fromEntries([...senders, ...contracts]),
  })
}

/** Where the work's contract is; for transfers, who is paid. */
function contractOf({ name }: DelayWork): Address {
  return strangerOf(name)
}

/** Signs what fills the next block. @param nonces of the senders, counted on */
export function transactionsOf(work: DelayWork, nonces: number[]): Uint8Array[] {
  return Array.from({ length: Math.floor(BLOCK_GAS / work.gas) }, (_, index) => {
    const sender = index % SENDERS
    const nonce = nonces[sender] ?? 0
    nonces[sender] = nonce + 1
    const data = work.data(nonce * SENDERS + sender)
    const fields = { nonce, to: contractOf(work), data, gasLimit: work.gas }
    return hexToBytes(sign(senderKey(sender), fields).raw)
  })
}

/** EIP-198: base, exponent and modulus of these sizes, all bits set but the modulus' last. */
function powerInput(size: number, exponentSize: number): Uint8Array {
  const ones = new Uint8Array(size).fill(0xff)
  const modulus = Uint8Array.from(ones)
  modulus[size - 1] = 0xfd
  const sizes = [size, exponentSize, size].map((length) => word(BigInt(length)))
  return concatBytes(...sizes, ones, new Uint8Array(exponentSize).fill(0xff), modulus)
}

/** Digest 1, v 27, r of the generator, s 1. */
const RECOVERY_INPUT: Hex = `0x${'00'.repeat(31)}01${'00'.repeat(31)}1b79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798${'00'.repeat(31)}01`
const SCALAR = new Uint8Array(32).fill(0x5f)
/** The generators, as EIP-197 and EIP-2537 write points. */
const BN_G1 = concatBytes(word(1n), word(2n))
const BN_G2 = concatBytes(
  word(11559732032986387107991004021392285783925812861821192530917403151452391805634n),
  word(10857046999023057135944570762232829481370756359578518086990519993285655852781n),
  word(4082367875863433681332203403145435568316851327593401208105741076214120093531n),
  word(8495653923123431417604973247489272438418190587263600148770280649306958101930n),
)
const BLS_G1 = concatBytes(
  word(
    0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
    64,
  ),
  word(
    0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
    64,
  ),
)
const BLS_G2 = concatBytes(
  word(
    0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8n,
    64,
  ),
  word(
    0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7en,
    64,
  ),
  word(
    0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801n,
    64,
  ),
  word(
    0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79ben,
    64,
  ),
)
