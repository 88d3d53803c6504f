import { RpcError } from '../errors.ts'
import type { Subscriber } from '../method.ts'
import { randomId } from '../random-id.ts'
import type { Subscriptions } from '../subscriptions.ts'

/** The subscriptions of one connection. */
export interface ConnectionSubscriptions extends Subscriber {
  /** Called with each answer that was sent: lets notifications of the subscriptions it names follow. */
  announce(response: string): void
  endAll(): void
}

/**
 * Sends notifications, but none before the answer that tells the client the subscription's id.
 * @param limit subscriptions at a time
 */
export function createConnectionSubscriptions(
  ports: { readonly subscriptions: Subscriptions; readonly send: (text: string) => void },
  limit: number,
): ConnectionSubscriptions {
  const active = new Map<string, () => void>()
  const unannounced = new Map<string, string[]>()

  function notify(id: string, resultJson: string): void {
    const params = `{"subscription":"${id}","result":${resultJson}}`
    const text = `{"jsonrpc":"2.0","method":"eth_subscription","params":${params}}`
    const backlog = unannounced.get(id)
    if (backlog === undefined) ports.send(text)
    else backlog.push(text)
  }

  function unsubscribe(id: string): boolean {
    active.get(id)?.()
    unannounced.delete(id)
    return active.delete(id)
  }

  return {
    subscribe(kind) {
      if (active.size >= limit) {
        const message = `too many subscriptions: limit ${limit} per connection`
        throw new RpcError('limit-exceeded', message)
      }
      const id = randomId()
      unannounced.set(id, [])
      active.set(
        id,
        ports.subscriptions.add(kind, (resultJson) => notify(id, resultJson)),
      )
      return id
    },
    unsubscribe,
    announce(response) {
      for (const [id, backlog] of unannounced) {
        if (!response.includes(id)) continue
        unannounced.delete(id)
        for (const text of backlog) ports.send(text)
      }
    },
    endAll() {
      for (const id of [...active.keys()]) unsubscribe(id)
    },
  }
}
