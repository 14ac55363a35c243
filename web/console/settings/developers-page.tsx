import { ApiKeys } from '../keys/api-keys.tsx'

export const Component = () => <ApiKeys />
