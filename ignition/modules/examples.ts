import { buildModule } from '@nomicfoundation/hardhat-ignition/modules'

/** Points that can exist at the same time. */
const CAP = 1_000_000_000n
/** Points in the faucet at the start. */
const FAUCET_STOCK = 1_000_000n
/** Points that the faucet gives at a time. */
const DRIP = 100n
const DAY_SECONDS = 86_400n

/** The example contracts, wired to each other. */
export default buildModule('Examples', (m) => {
  const owner = m.getAccount(0)
  const token = m.contract('CityToken', [owner, m.getParameter('cap', CAP)])
  const faucet = m.contract('Faucet', [token, DRIP, m.getParameter('interval', DAY_SECONDS)])
  m.call(token, 'mint', [faucet, FAUCET_STOCK], { id: 'fillFaucet' })
  const escrow = m.contract('Escrow', [token])
  const board = m.contract('NoticeBoard', [owner])
  const greeting = m.contract('Greeting', [board, 'Hello, Busan'])
  const greetingMayPost = m.call(board, 'setOffice', [greeting, true], { id: 'registerGreeting' })
  m.call(greeting, 'greet', ['Welcome to Busan'], { after: [greetingMayPost] })
  return { token, faucet, escrow, board, greeting }
})
