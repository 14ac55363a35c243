export { Call } from './Call.tsx'
export { LiveKitConnector, type LiveKitConnection } from './connection.ts'
