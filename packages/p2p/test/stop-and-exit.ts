/** Run by a test as a program of its own: it must end by itself once its hosts have stopped. */
import { meshed, startHost } from './fixture.ts'

const listener = await startHost()
const unreachable = `/ip4/127.0.0.1/tcp/9/p2p/12D3KooWSHj3RRbBjD15g6wekV8y3mm57Pobmps2g2WJm6F67Lay`
const dialler = await startHost({ peers: [listener.address, unreachable] })
await meshed(listener, dialler)
await Promise.all([listener.stop(), dialler.stop()])
process.stdout.write('stopped\n')
