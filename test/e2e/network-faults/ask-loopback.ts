// Runs inside a node's namespace: asks one JSON-RPC question on loopback and prints the result as JSON.
const [url = '', method, params = '[]'] = process.argv.slice(2)

const socket = new WebSocket(url)
socket.addEventListener('open', () => {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: JSON.parse(params) }))
})
socket.addEventListener('message', ({ data }) => {
  const { result, error } = JSON.parse(String(data))
  if (error === undefined) console.log(JSON.stringify(result))
  else console.error(error.message)
  process.exit(error === undefined ? 0 : 1)
})
socket.addEventListener('error', () => {
  console.error(`cannot reach ${url}`)
  process.exit(1)
})
