import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createMetrics } from '@busan/telemetry'

it('exposes counters, gauges and histograms in Prometheus text', async () => {
  const metrics = createMetrics()
  metrics.counter('blocks_total', 'blocks', ['result']).add(2, { result: 'imported' })
  metrics.gauge('height', 'head', () => 7)
  metrics.histogram('import_seconds', 'time', [0.1, 1]).observe(0.5)
  const { text } = await metrics.expose()
  assert.match(text, /blocks_total\{result="imported"\} 2/)
  assert.match(text, /\nheight 7/)
  assert.match(text, /import_seconds_bucket\{le="1"\} 1/)
})

it('keeps the metrics of two nodes in one process apart', async () => {
  const [first, second] = [createMetrics(), createMetrics()]
  first.gauge('height', 'head').set(1)
  second.gauge('height', 'head').set(2)
  assert.match((await first.expose()).text, /height 1/)
  assert.match((await second.expose()).text, /height 2/)
})
