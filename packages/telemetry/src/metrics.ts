import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Where a package registers its metrics; `expose` renders them all in Prometheus text format. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): CounterMetric
  /** @param read when given, called at each scrape instead of keeping a value */
  gauge(name: string, help: string, read?: () => number): GaugeMetric
  histogram(
    name: string,
    help: string,
    bucketsSeconds: readonly number[],
    labels?: readonly string[],
  ): HistogramMetric
  expose(): Promise<{ contentType: string; text: string }>
}

export interface CounterMetric {
  add(amount?: number, labels?: Record<string, string>): void
}

export interface GaugeMetric {
  set(value: number): void
}

export interface HistogramMetric {
  /** @param seconds the measured duration */
  observe(seconds: number, labels?: Record<string, string>): void
}

/** A registry of its own per node, so that several nodes fit one process. */
export function createMetrics(options: { processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry })
  return {
    counter(name, help, labels = []) {
      const metric = new Counter({ name, help, labelNames: [...labels], registers: [registry] })
      return { add: (amount = 1, values = {}) => metric.inc(values, amount) }
    },
    gauge(name, help, read) {
      const metric: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        ...(read ? { collect: () => metric.set(read()) } : {}),
      })
      return { set: (value) => metric.set(value) }
    },
    histogram(name, help, bucketsSeconds, labels = []) {
      const metric = new Histogram({
        name,
        help,
        buckets: [...bucketsSeconds],
        labelNames: [...labels],
        registers: [registry],
      })
      return { observe: (seconds, values = {}) => metric.observe(values, seconds) }
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
