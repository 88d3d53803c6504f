import { type Address, type Hash, present, toAddress, toQuantity } from '@busan/primitives'
import { adjustBaseFee, INITIAL_BASE_FEE_WEI } from './base-fee.ts'
import type {
  BaseFeeParent,
  ChainSpec,
  Consensus,
  FeePolicy,
  GenesisAccount,
} from './chain-spec.ts'
import { forkStarts } from './config-schema.ts'
import { createCustomCrypto, type Kzg } from './custom-crypto.ts'
import { ForkCommon } from './fork-common.ts'
import { createForkSchedule, findFork } from './fork-schedule.ts'
import { createGenesisHeader } from './genesis-header.ts'
import type { GenesisKeys } from './genesis-schema.ts'
import { createQbftSchedule } from './qbft-schedule.ts'
import { readSystemContracts } from './system-contracts-schema.ts'

const MAINNET_DEPOSIT_CONTRACT = toAddress('0x00000000219ab540356cbb839cbe05303d7705fa')

/** Builds the network's rules from a genesis file that was read and checked. */
export function createChainSpec(
  genesis: GenesisKeys,
  consensus: Consensus,
  kzg: Kzg | undefined,
): ChainSpec {
  const { config } = genesis
  const schedule = createForkSchedule(forkStarts(config), config.blobSchedule ?? {})
  const commons = createCommons(genesis, schedule, { consensus, kzg })
  const qbft = createQbftSchedule(config.qbft ?? {}, config.transitions?.qbft ?? [])
  const feePolicy = readFeePolicy(genesis)
  const forkAt = (number: bigint, timestamp: bigint) => findFork(schedule, number, timestamp)
  const genesisFork = forkAt(0n, genesis.timestamp ?? 0n)
  const initialBaseFeeWei = genesis.baseFeePerGas ?? INITIAL_BASE_FEE_WEI
  return Object.freeze({
    chainId: config.chainId,
    consensus,
    depositContract: config.depositContractAddress ?? MAINNET_DEPOSIT_CONTRACT,
    feePolicy,
    alloc: Object.entries(genesis.alloc ?? {}).map(toGenesisAccount),
    systemContracts: readSystemContracts(config.systemContracts),
    genesisHeader: (stateRoot: Hash) => createGenesisHeader(genesis, genesisFork, stateRoot),
    qbftAfter: qbft.configAfter,
    validatorOverrideAt: qbft.validatorOverrideAt,
    forkSchedule: schedule,
    forkAt,
    commonAt: (number: bigint, timestamp: bigint) =>
      present(commons.get(forkAt(number, timestamp)), 'the rules of a fork'),
    nextBaseFee(parent: BaseFeeParent, timestamp: bigint) {
      if (!forkAt(parent.number + 1n, timestamp).hasBaseFee) return undefined
      if (feePolicy.kind === 'freeGas') return 0n
      if (feePolicy.kind === 'fixedBaseFee') return feePolicy.baseFeePerGasWei
      const { number, baseFeePerGas } = parent
      const isFirst = !forkAt(number, parent.timestamp).hasBaseFee
      if (isFirst || baseFeePerGas === undefined) return initialBaseFeeWei
      return adjustBaseFee({ ...parent, baseFeePerGas })
    },
  })
}

function createCommons(
  genesis: GenesisKeys,
  schedule: ReturnType<typeof createForkSchedule>,
  { consensus, kzg }: { consensus: Consensus; kzg: Kzg | undefined },
) {
  const options = {
    chainId: genesis.config.chainId,
    schedule,
    customCrypto: createCustomCrypto(kzg),
    consensus,
    genesis: {
      gasLimit: toQuantity(genesis.gasLimit),
      difficulty: toQuantity(genesis.difficulty),
      extraData: genesis.extraData ?? '0x',
    },
  }
  return new Map(schedule.map(({ fork }) => [fork, new ForkCommon(fork, options)]))
}

function readFeePolicy({ config, baseFeePerGas }: GenesisKeys): FeePolicy {
  if (config.feePolicy === 'freeGas') return { kind: 'freeGas' }
  if (config.zeroBaseFee) return { kind: 'fixedBaseFee', baseFeePerGasWei: 0n }
  if (config.fixedBaseFee || config.feePolicy === 'fixedBaseFee') {
    return { kind: 'fixedBaseFee', baseFeePerGasWei: baseFeePerGas ?? INITIAL_BASE_FEE_WEI }
  }
  return { kind: 'eip1559' }
}

type AccountKeys = NonNullable<GenesisKeys['alloc']>[string]

function toGenesisAccount([address, account]: [string, AccountKeys]): GenesisAccount {
  return {
    address: address as Address,
    balanceWei: account.balance ?? 0n,
    nonce: account.nonce ?? 0n,
    code: account.code ?? '0x',
    storage: dropZeros(account.storage ?? new Map()),
  }
}

/** A slot that holds zero is not in the state trie. */
function dropZeros(storage: ReadonlyMap<Hash, Hash>): ReadonlyMap<Hash, Hash> {
  return new Map([...storage].filter(([, value]) => BigInt(value) !== 0n))
}
