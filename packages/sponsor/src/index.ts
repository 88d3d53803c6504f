export { createSponsorServer, type SponsorServer } from './create-sponsor-server.ts'
export { type Desk, type DeskOptions, openDesk } from './desk.ts'
