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

/** What the validator counts. */
export interface ValidatorMetrics {
  readonly height: GaugeMetric
  readonly round: GaugeMetric
  readonly roundChanges: CounterMetric
  readonly messagesDropped: CounterMetric
  readonly commitSeconds: HistogramMetric
  readonly seals: GaugeMetric
  readonly signingRefusals: CounterMetric
  proposalMissed(validator: Validator): void
}

/** Label values stay bounded when a long life sees many validators come and go. */
const LABELLED_VALIDATORS_MAX = 128

/** Registers the `busan_qbft_*` metrics. */
export function createValidatorMetrics(metrics: Metrics): ValidatorMetrics {
  const missed = metrics.counter(
    'busan_qbft_proposals_missed_total',
    'Rounds that ended without a block, by the validator whose turn it was.',
    ['validator'],
  )
  const labelled = new Set<Validator>()
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
    commitSeconds: metrics.histogram(
      'busan_qbft_commit_seconds',
      'From the moment a block was due to its commit quorum.',
      // Expected: tens of milliseconds on one site, a few hundred across sites, seconds after a round change.
      [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
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
    proposalMissed(validator) {
      if (labelled.size < LABELLED_VALIDATORS_MAX) labelled.add(validator)
      missed.add(1, { validator: labelled.has(validator) ? validator : 'other' })
    },
  }
}
