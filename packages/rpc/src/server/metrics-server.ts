import type { Metrics } from '@busan/telemetry'
import { fastify } from 'fastify'
import { listen } from './listen.ts'

/** A server of metrics that is listening. */
export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/**
 * Serves GET /metrics in Prometheus text format.
 * @throws CodedError `listen-failed`
 */
export async function createMetricsServer(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = fastify({ logger: false })
  server.get('/metrics', async (_, reply) => {
    const { contentType, text } = await metrics.expose()
    return reply.type(contentType).send(text)
  })
  const port = await listen(server, address)
  return { port, close: () => server.close() }
}
