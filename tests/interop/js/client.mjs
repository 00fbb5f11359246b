// The client of bittorrent-tracker, by orders: node client.mjs PACKAGES URL INFO_HASH PORT
//
// Orders come as lines: start, scrape, complete, stop. What it learns goes out as lines of JSON.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const [packages, announce, infoHash, port] = process.argv.slice(2)
const entry = pathToFileURL(`${packages}/bittorrent-tracker/index.js`)
const { Client } = await import(entry)

const say = (event, more) => console.log(JSON.stringify({ event, ...more }))
let left = 100
const client = new Client({
  infoHash,
  peerId: Buffer.from('-XX0000-bittracker01'),
  announce: [announce],
  port: Number(port),
  wrtc: false,
  getAnnounceOpts: () => ({ left })
})
client.on('error', error => say('error', { message: error.message }))
client.on('warning', error => say('warning', { message: error.message }))
client.on('update', ({ complete, incomplete }) => say('update', { complete, incomplete }))
client.on('scrape', ({ complete, incomplete, downloaded }) => say('scrape', { complete, incomplete, downloaded }))
client.on('peer', address => say('peer', { address }))

for await (const order of createInterface({ input: process.stdin })) {
  if (order === 'complete') left = 0
  client[order]()
}
