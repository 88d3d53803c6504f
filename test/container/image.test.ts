// The image and the compose file that `busan init` writes: built, run as they are, killed, stopped.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { busan, freePorts, rpc, until } from '../e2e/chain-process.ts'
import { buildImage, type Engine, missingForContainers, prepareEngine } from './engine.ts'

const IMAGE = 'localhost/busan-node:test'
const ROOT = path.join(import.meta.dirname, '..', '..')
const skip = missingForContainers() ?? false

describe('the container image', { skip, concurrency: false }, () => {
  let engine: Engine
  let folder: string
  let service: ChildProcess
  let port: number
  let project: string

  before(async () => {
    engine = await prepareEngine()
    await buildImage(engine, ROOT, IMAGE)
    folder = path.join(await mkdtemp(path.join(tmpdir(), 'busan-compose-')), 'network')
    project = `busan${process.pid}`
    const [httpPort, wsPort] = (await freePorts(2)) as [number, number]
    port = httpPort
    Object.assign(engine.environment, {
      DOCKER_HOST: `unix://${engine.folder}/podman.sock`,
      BUSAN_IMAGE: IMAGE,
      BUSAN_HTTP_PORT: String(httpPort),
      BUSAN_WS_PORT: String(wsPort),
    })
    const socket = `unix://${engine.folder}/podman.sock`
    await rm(`${engine.folder}/podman.sock`, { force: true })
    service = spawn('podman', ['system', 'service', '--time=0', socket], {
      env: engine.environment,
      stdio: 'ignore',
    })
    await until(
      'podman answers',
      20_000,
      () => engine.run('podman', '--url', socket, 'version'),
      () => true,
    )
  })
  after(async () => {
    await compose('down', '--timeout', '20').catch(() => {})
    service?.kill('SIGTERM')
    if (folder) await rm(path.dirname(folder), { recursive: true, force: true })
  })

  const compose = (...args: string[]) =>
    engine.run(
      'docker-compose',
      '--project-directory',
      folder,
      '-f',
      path.join(folder, 'compose.yaml'),
      '-p',
      project,
      ...args,
    )
  const containerOf = async (name: string) =>
    (await compose('ps', '-q', name)).split('\n')[0] as string
  const url = () => `http://127.0.0.1:${port}`

  it('runs the network that busan init writes', async () => {
    const { code, output } = await busan(['init', folder, '--validators', '4'])
    assert.equal(code, 0, output)
    await compose('up', '-d')
    await until(
      'fifth block',
      90_000,
      async () => Number(await rpc<string>(url(), 'eth_blockNumber')),
      (height) => height >= 5,
    )
  })

  it('runs without root, on a read-only file system, healthy, with its heap under the memory limit', async () => {
    const node = await containerOf('rpc')
    const uid = await engine.run('podman', 'exec', node, 'node', '-p', 'process.getuid()')
    assert.equal(uid, '1000')
    await assert.rejects(engine.run('podman', 'exec', node, 'touch', '/app/x'))
    await engine.run('podman', 'healthcheck', 'run', node)
    const heapBytes = Number(
      await engine.run(
        'podman',
        'exec',
        node,
        'node',
        '-p',
        'require("v8").getHeapStatistics().heap_size_limit',
      ),
    )
    assert.ok(
      heapBytes < 2 * 1024 ** 3,
      `heap limit ${heapBytes} exceeds the 2 GiB of the container`,
    )
  })

  it('goes on without one validator, and stops with exit code 0', async () => {
    await engine.run('podman', 'kill', '--signal', 'KILL', await containerOf('validator-1'))
    const height = Number(await rpc<string>(url(), 'eth_blockNumber'))
    await until(
      'five more blocks',
      90_000,
      async () => Number(await rpc<string>(url(), 'eth_blockNumber')),
      (seen) => seen >= height + 5,
    )
    const node = await containerOf('rpc')
    await engine.run('podman', 'stop', '-t', '20', node)
    assert.equal(
      await engine.run('podman', 'inspect', node, '--format', '{{.State.ExitCode}}'),
      '0',
    )
  })
})
