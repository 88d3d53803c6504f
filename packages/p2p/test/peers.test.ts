import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { keccakHash } from '@busan/primitives'
import { generateIdentity, identityToPeerId } from '../src/index.ts'
import {
  acquainted,
  counterValue,
  GENESIS_B,
  meshed,
  startHost,
  type TestHost,
  TRANSACTIONS,
} from './fixture.ts'

async function using(hosts: readonly TestHost[], run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } finally {
    await Promise.all(hosts.map((host) => host.stop()))
  }
}

describe('identity', () => {
  it('names the peer that a host with it has', async () => {
    const identity = await generateIdentity()
    const host = await startHost({ identity })
    await using([host], async () => {
      assert.equal(host.id, identityToPeerId(identity))
      assert.ok(host.addresses().every((address) => address.endsWith(`/p2p/${host.id}`)))
    })
  })

  it('refuses bytes that are no key', () => {
    assert.throws(() => identityToPeerId(Uint8Array.of(1, 2, 3)), { code: 'invalid-identity' })
  })
})

describe('status exchange', () => {
  it('tells both sides the head and measures the clock', async () => {
    const listener = await startHost({ headNumber: 41n })
    const dialler = await startHost({ headNumber: 42n, peers: [listener.address] })
    await using([listener, dialler], async () => {
      const seen = await listener.until('status')
      assert.equal(seen.peer, dialler.id)
      assert.equal(seen.status.headNumber, 42n)
      assert.equal((await dialler.until('status')).status.headNumber, 41n)
      assert.equal((await dialler.requestStatus(listener.id)).version, 'busan/test')
      const [peer] = dialler.peers()
      assert.equal(peer?.direction, 'outbound')
      assert.ok(Math.abs(peer?.clockOffsetMs ?? 1e9) < 1_000)
      assert.equal(await counterValue(dialler, /^busan_p2p_peers /), 1)
    })
  })

  it('is repeated, and ends with the peer', async () => {
    const listener = await startHost()
    const dialler = await startHost({ peers: [listener.address] })
    await using([listener, dialler], async () => {
      const statuses = () => listener.events.filter(({ kind }) => kind === 'status').length
      await listener.until('status', () => statuses() >= 4)
      await dialler.stop()
      assert.equal((await listener.until('gone')).peer, dialler.id)
      assert.deepEqual(listener.peers(), [])
      await assert.rejects(listener.requestStatus(dialler.id), { code: 'peer-not-connected' })
    })
  })

  for (const [name, other, expected] of [
    ['genesis', { genesisHash: GENESIS_B }, /^genesis mismatch: ours 0x\w+ theirs 0x\w+/],
    ['chain id', { chainId: 99n }, /^chain id mismatch: ours \d+ theirs \d+/],
  ] as const) {
    it(`disconnects a peer of another ${name}, and both sides say so`, async () => {
      const ours = await startHost()
      const theirs = await startHost({ ...other, peers: [ours.address] })
      await using([ours, theirs], async () => {
        for (const host of [ours, theirs]) {
          await host.until('log', ({ message }) => expected.test(message))
          await host.until('log', ({ message }) => message === 'peer disconnected')
          assert.ok(!host.events.some(({ kind }) => kind === 'status' || kind === 'gone'))
        }
      })
    })
  }
})

describe('transactions by hash', () => {
  it('come in order, without those that are not there or have no room', async () => {
    const server = await startHost()
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      const [small, large, second] = TRANSACTIONS
      const hashes = [second, Uint8Array.of(9), large, small].map((raw) =>
        keccakHash(raw as Uint8Array),
      )
      const answer = await client.requestTransactions(server.id, hashes)
      assert.deepEqual(answer, [second, undefined, undefined, small])
    })
  })

  it('are at most 4096 a request: more costs the asker', async () => {
    const server = await startHost()
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      const hashes = new Array(4097).fill(keccakHash(Uint8Array.of(1)))
      await assert.rejects(client.requestTransactions(server.id, hashes))
      await server.until('log', ({ message }) => message === 'peer penalised')
    })
  })
})

describe('block ranges', () => {
  it('come in order, at most as many as asked for', async () => {
    const blocks = async (fromNumber: bigint) =>
      Array.from({ length: 10 }, (_, i) => Uint8Array.of(0xc0, Number(fromNumber) + i))
    const server = await startHost({ blocks })
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      const answer = await client.requestBlocks(server.id, 5n, 3)
      assert.deepEqual(
        answer,
        [5, 6, 7].map((number) => Uint8Array.of(0xc0, number)),
      )
    })
  })

  it('are cut to what one answer may hold', async () => {
    const blocks = async () =>
      Array.from({ length: 4 }, (_, i) => new Uint8Array(5_000_000).fill(i))
    const server = await startHost({ blocks })
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      const answer = await client.requestBlocks(server.id, 1n, 4)
      assert.deepEqual(
        answer.map(({ length }) => length),
        [5_000_000, 5_000_000],
      )
      assert.equal(answer[1]?.[4_999_999], 1)
    })
  })

  it('are given up at once when nobody waits for them, and cost no one', async () => {
    const asked = Promise.withResolvers<void>()
    const blocks = async () => {
      asked.resolve()
      return new Promise<Uint8Array[]>(() => {})
    }
    const server = await startHost({ blocks })
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      const patience = new AbortController()
      const answer = client.requestBlocks(server.id, 1n, 4, patience.signal)
      await asked.promise
      patience.abort()
      await assert.rejects(answer, { code: 'request-failed' })
      assert.equal(client.peers().length, 1)
    })
  })

  it('fail with a code when the server is broken, and cost no one', async () => {
    const blocks = async () => Promise.reject(new Error('disk on fire'))
    const server = await startHost({ blocks })
    const client = await startHost({ peers: [server.address] })
    await using([server, client], async () => {
      await acquainted(server, client)
      await assert.rejects(client.requestBlocks(server.id, 1n, 4), { code: 'request-failed' })
      await server.until('log', ({ message }) => message === 'could not answer a peer')
      assert.ok(
        !server.events.some((event) => event.kind === 'log' && event.message === 'peer penalised'),
      )
    })
  })
})

describe('who may connect', () => {
  it('refuses strangers in both directions when there is an allowlist', async () => {
    const friendId = await generateIdentity()
    const allowedPeers = () => new Set([identityToPeerId(friendId)])
    const stranger = await startHost()
    const guarded = await startHost({ allowedPeers, peers: [stranger.address] })
    const caller = await startHost({ peers: [guarded.address] })
    const friend = await startHost({ identity: friendId, peers: [guarded.address] })
    await using([stranger, guarded, caller, friend], async () => {
      await acquainted(guarded, friend)
      const refused = (direction: string, peer: string) =>
        guarded.until(
          'log',
          ({ message, fields }) =>
            message === 'connection refused' &&
            fields.direction === direction &&
            fields.peer === peer,
        )
      await refused('inbound', caller.id)
      await refused('outbound', stranger.id)
      assert.deepEqual(
        guarded.peers().map(({ id }) => id),
        [friend.id],
      )
    })
  })

  it('lets go of a peer that leaves the allowlist', async () => {
    const peerId = await generateIdentity()
    let allowed = new Set([identityToPeerId(peerId)])
    const guarded = await startHost({ allowedPeers: () => allowed })
    const peer = await startHost({ identity: peerId, peers: [guarded.address] })
    await using([guarded, peer], async () => {
      await acquainted(guarded, peer)
      allowed = new Set()
      await guarded.until('gone')
    })
  })

  it('keeps slots for validators when the table is full', async () => {
    const validatorId = await generateIdentity()
    const validatorPeers = () => new Set([identityToPeerId(validatorId)])
    const host = await startHost({ maxPeers: 1, validatorPeers })
    const first = await startHost({ peers: [host.address] })
    await acquainted(host, first)
    const second = await startHost({ peers: [host.address] })
    const validator = await startHost({ identity: validatorId, peers: [host.address] })
    await using([host, first, second, validator], async () => {
      await acquainted(host, validator)
      const { fields } = await host.until('log', ({ message }) => message === 'connection refused')
      assert.deepEqual([fields.peer, fields.reason], [second.id, 'full'])
      assert.deepEqual(new Set(host.peers().map(({ id }) => id)), new Set([first.id, validator.id]))
    })
  })

  it('bans a peer below the threshold and takes it back when the ban ends', async () => {
    const host = await startHost({ tuning: { banMs: 400 } })
    const peer = await startHost({ peers: [host.address] })
    await using([host, peer], async () => {
      await acquainted(host, peer)
      for (let i = 0; i < 2; i++) host.penalize(peer.id, 'invalid-block')
      await host.until('gone')
      await host.until(
        'log',
        ({ message, fields }) => message === 'connection refused' && fields.reason === 'banned',
      )
      const from = host.events.findIndex(({ kind }) => kind === 'gone')
      await host.until('status', () => true, { from })
    })
  })
})

describe('configured peers', () => {
  it('are dialled again when they restart on the same port', async () => {
    const identity = await generateIdentity()
    const first = await startHost({ identity })
    const port = first.address.split('/')[4] as string
    const dialler = await startHost({ peers: [first.address] })
    await acquainted(first, dialler)
    await first.stop()
    await dialler.until('gone')
    const from = dialler.events.length
    const second = await startHost({ identity, listen: [`/ip4/127.0.0.1/tcp/${port}`] })
    await using([dialler, second], async () => {
      await dialler.until('status', ({ peer }) => peer === second.id, { from })
      await meshed(dialler, second)
    })
  })

  it('may be named by a host name', async () => {
    const listener = await startHost()
    const port = listener.address.split('/')[4]
    const dialler = await startHost({ peers: [`/dns4/localhost/tcp/${port}/p2p/${listener.id}`] })
    await using([listener, dialler], async () => {
      await acquainted(listener, dialler)
      assert.match(dialler.peers()[0]?.address ?? '', /^\/dns4\/localhost\//)
    })
  })

  it('are added and removed while running', async () => {
    const listener = await startHost()
    const host = await startHost()
    await using([listener, host], async () => {
      assert.equal(await host.addPeer(listener.address), true)
      assert.equal(await host.addPeer(listener.address), false)
      assert.equal(await host.addPeer(host.address), false, 'our own address is no peer')
      await acquainted(listener, host)
      assert.equal(await host.removePeer(listener.id), true)
      await host.until('gone')
      assert.equal(await host.removePeer(listener.id), false)
    })
  })

  it('must be addresses that name a peer', async () => {
    for (const address of ['', 'nonsense', '/ip4/127.0.0.1/tcp/1', '/p2p/12D3KooWGhost']) {
      await assert.rejects(startHost({ peers: [address] }), { code: 'invalid-peer-address' })
    }
  })
})

describe('starting and stopping', () => {
  it('names the address and the remedy when the port is taken', async () => {
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
    const { port } = squatter.address() as { port: number }
    const listen = [`/ip4/127.0.0.1/tcp/${port}`]
    await assert.rejects(startHost({ listen }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'listen-failed')
      assert.match(error.message, new RegExp(`127.0.0.1/tcp/${port}: the port is in use`))
      return true
    })
    await new Promise((resolve) => squatter.close(resolve))
    await assert.rejects(startHost({ listen: ['/ip4/x/tcp/1'] }), {
      code: 'invalid-listen-address',
    })
  })

  it('stops within two seconds with peers connected, twice without harm', async () => {
    const listener = await startHost()
    const dialler = await startHost({ peers: [listener.address] })
    await meshed(listener, dialler)
    const startMs = Date.now()
    await Promise.all([listener.stop(), dialler.stop(), dialler.stop()])
    assert.ok(Date.now() - startMs < 2_000)
  })

  it('leaves nothing behind that keeps the process alive', async () => {
    const script = fileURLToPath(new URL('./stop-and-exit.ts', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 15_000 })
    assert.match(stdout, /stopped/)
  })
})
