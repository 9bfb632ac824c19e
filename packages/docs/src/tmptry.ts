import { play } from "./logLines.ts"
console.log(await play())
