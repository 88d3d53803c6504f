/**
 * A compose file for a network folder: every node from the one image, its settings mounted read-only, its
 * database in its own folder, only the RPC node's ports published, and those on loopback.
 */
export function composeFile(names: readonly string[], owner: { uid: number; gid: number }): string {
  return `# Start: docker compose up -d    Stop: docker compose down
version: "3.8"

x-node: &node
  image: \${BUSAN_IMAGE:-busan-chain/node:latest}
  user: "${owner.uid}:${owner.gid}"
  read_only: true
  tmpfs:
    - /tmp
  cap_drop:
    - ALL
  security_opt:
    - no-new-privileges
  mem_limit: 2g
  restart: unless-stopped
  stop_grace_period: 60s

services:
${names.map(service).join('\n')}`
}

function service(name: string): string {
  const ports =
    name === 'rpc'
      ? `    ports:
      - "127.0.0.1:\${BUSAN_HTTP_PORT:-8545}:8545"
      - "127.0.0.1:\${BUSAN_WS_PORT:-8546}:8546"
`
      : ''
  return `  ${name}:
    <<: *node
    command: ["node", "--config", "/network/${name}/config.toml"]
    environment:
      BUSAN_DATA_PATH: /data
    volumes:
      - ./genesis.json:/network/genesis.json:ro
      - ./password:/network/password:ro
      - ./${name}:/network/${name}:ro
      - ./${name}/data:/data
${ports}`
}
