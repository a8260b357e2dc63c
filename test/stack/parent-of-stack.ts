// Starts a stack on the folder it is given, says so in one line, and waits to be killed.
import { startStack } from '../../services/stack/stack.ts'

const { databaseUrl } = await startStack({ folder: process.argv[2], log: () => {} })
console.log(databaseUrl)
