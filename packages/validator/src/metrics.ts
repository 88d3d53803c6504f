import type { Validator } from '@busan/qbft'
import type { CounterMetric, GaugeMetric, HistogramMetric, Metrics } from '@busan/telemetry'

/** Why a round ended without a block. */
export type RoundFailure =
  | 'proposer-silent'
  | 'check-too-slow'
  | 'proposal-invalid'
  | 'too-few-prepares'
  | 'too-few-commits'
  | 'followed-others'

/** Why a consensus message was not given to the machine. */
export type MessageDrop =
  | 'author-limit'
  | 'future-limit'
  | 'too-far-ahead'
  | 'duplicate'
  | 'old-height'
  | 'unknown-author'
  | 'transactions-missing'

/** What the validator counts. */
export interface ValidatorMetrics {
  readonly height: GaugeMetric
  readonly round: GaugeMetric
  readonly roundChanges: CounterMetric
  readonly messagesDropped: CounterMetric
  readonly proposalsIncomplete: CounterMetric
  readonly commitSeconds: HistogramMetric
  readonly seals: GaugeMetric
  readonly signingRefusals: CounterMetric
  /** From the end of the phase before, or from the moment the block was due. */
  readonly phaseSeconds: HistogramMetric
  proposalMissed(validator: Validator): void
  blockSealed(validator: Validator): void
}

/** What is read at each scrape. */
export interface LiveReadings {
  secondsInRound(): number
  validatorCount(): number
  onlineCount(): number
  /** The largest known difference of a validator's clock from ours, in seconds. */
  clockOffsetSeconds(): number
  openVoteCount(): number
}

/** Label values stay bounded when a long life sees many validators come and go. */
const LABELLED_VALIDATORS_MAX = 128

/** Registers the `busan_qbft_*` metrics. */
export function createValidatorMetrics(metrics: Metrics): ValidatorMetrics {
  return {
    height: metrics.gauge('busan_qbft_height', 'The height under decision: head + 1.'),
    round: metrics.gauge('busan_qbft_round', 'The round this validator is in at that height.'),
    roundChanges: metrics.counter(
      'busan_qbft_round_changes_total',
      'Rounds left without a block, by reason.',
      ['reason'],
    ),
    messagesDropped: metrics.counter(
      'busan_qbft_messages_dropped_total',
      'Valid consensus messages that were not used, by reason.',
      ['reason'],
    ),
    proposalsIncomplete: metrics.counter(
      'busan_qbft_proposals_incomplete_total',
      'Proposals that named transactions which this node had to ask for.',
    ),
    commitSeconds: metrics.histogram(
      'busan_qbft_commit_seconds',
      'From the moment a block was due to its commit quorum.',
      LATENCY_BUCKETS_SECONDS,
    ),
    phaseSeconds: metrics.histogram(
      'busan_qbft_phase_seconds',
      'Until the proposal was found valid, the prepare quorum and the commit quorum, each from the one before.',
      LATENCY_BUCKETS_SECONDS,
      ['phase'],
    ),
    seals: metrics.gauge(
      'busan_qbft_seals',
      'Commit seals in the last block this validator sealed.',
    ),
    signingRefusals: metrics.counter(
      'busan_qbft_signing_refusals_total',
      'Messages that the signing guard refused, by reason. Anything but 0 needs a person.',
      ['reason'],
    ),
    ...validatorCounters(metrics),
  }
}

/** Registers the `busan_qbft_*` metrics that are computed when they are asked for. */
export function registerLiveMetrics(metrics: Metrics, readings: LiveReadings): void {
  metrics.gauge(
    'busan_qbft_round_seconds',
    'Seconds since the present round began.',
    readings.secondsInRound,
  )
  metrics.gauge(
    'busan_qbft_validators',
    'Validators of the height under decision.',
    readings.validatorCount,
  )
  metrics.gauge(
    'busan_qbft_validators_online',
    'Those that took part in the last block or were heard lately, this one included.',
    readings.onlineCount,
  )
  metrics.gauge(
    'busan_qbft_clock_offset_seconds',
    "The largest known difference of a validator's clock from ours; positive: ahead of ours.",
    readings.clockOffsetSeconds,
  )
  metrics.gauge(
    'busan_qbft_open_votes',
    'Validators whose adding or dropping has votes on the chain, not yet a majority.',
    readings.openVoteCount,
  )
}

/** Expected: tens of milliseconds on one site, a few hundred across sites, seconds after a round change. */
const LATENCY_BUCKETS_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

function validatorCounters(
  metrics: Metrics,
): Pick<ValidatorMetrics, 'proposalMissed' | 'blockSealed'> {
  const missed = metrics.counter(
    'busan_qbft_proposals_missed_total',
    'Rounds that ended without a block, by the validator whose turn it was.',
    ['validator'],
  )
  const sealed = metrics.counter(
    'busan_qbft_blocks_sealed_total',
    'Blocks whose header, as this node has it, carries the seal of the validator.',
    ['validator'],
  )
  const labelled = new Set<Validator>()
  const label = (validator: Validator) => {
    if (labelled.size < LABELLED_VALIDATORS_MAX) labelled.add(validator)
    return { validator: labelled.has(validator) ? validator : 'other' }
  }
  return {
    proposalMissed: (validator) => missed.add(1, label(validator)),
    blockSealed: (validator) => sealed.add(1, label(validator)),
  }
}
