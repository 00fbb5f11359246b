// The server of bittorrent-tracker: node server.mjs PACKAGES ADDRESS PORT
//
// HTTP and UDP at one address. What peers tell it goes out as lines of JSON.
import { isIPv6 } from 'node:net'
import { pathToFileURL } from 'node:url'

const [packages, address, port] = process.argv.slice(2)
const { Server } = await import(pathToFileURL(`${packages}/bittorrent-tracker/index.js`))

const say = (event, more) => console.log(JSON.stringify({ event, ...more }))
const server = new Server({ http: true, udp: true, ws: false, stats: false })
server.on('error', error => say('error', { message: error.message }))
server.on('warning', error => say('warning', { message: error.message }))
for (const event of ['start', 'complete', 'stop']) {
  server.on(event, (from, { left, type }) => say(event, { from, left, type }))
}
server.on('listening', () => say('listening'))
// Each of its sockets for UDP has a family.
const [udp, udp6] = isIPv6(address) ? ['127.0.0.1', address] : [address, '::1']
server.listen(Number(port), { http: address, udp, udp6 })
