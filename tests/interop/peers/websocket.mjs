// The public JavaScript package bittorrent-tracker over WebSocket.
//
//   node websocket.mjs MODULES clients URL_A URL_B
//     Two clients with WebRTC of one torrent, a seed and another, each at its URL; says what each
//     hears. Ends with its standard input, after both have said that they stop.
//   node websocket.mjs MODULES server ADDRESS PORT
//     A tracker; says who comes.

import { pathToFileURL } from 'node:url'

const [modules, role, ...rest] = process.argv.slice(2)
const load = path => import(pathToFileURL(`${modules}/${path}`))
const { default: Client, Server } = await load('bittorrent-tracker/index.js')
const say = (...words) => console.log(words.join(' '))

if (role === 'server') {
  const server = new Server({ http: false, udp: false, ws: true, stats: false })
  server.on('warning', error => say('warning', error.message))
  for (const event of ['start', 'complete', 'stop']) server.on(event, id => say(event, id))
  server.listen(Number(rest[1]), rest[0], () => say('ready'))
} else {
  const clients = ['a', 'b'].map((name, at) => {
    const client = new Client({
      infoHash: '00ff'.repeat(10),
      peerId: name === 'a' ? 'a1'.repeat(20) : 'b2'.repeat(20),
      announce: rest[at],
      port: 6881,
      rtcConfig: { iceServers: [] },
      getAnnounceOpts: () => ({ left: name === 'a' ? 0 : 7 })
    })
    client.on('error', error => say(name, 'error', error.message))
    client.on('warning', error => say(name, 'warning', error.message))
    client.on('update', ({ complete, incomplete, interval }) =>
      say(name, 'update', complete, incomplete, interval))
    client.on('scrape', ({ complete, incomplete, downloaded }) =>
      say(name, 'scrape', complete, incomplete, downloaded))
    client.on('peer', peer => {
      say(name, 'peer', peer.id)
      peer.on('error', error => say(name, 'error', error.message))
      peer.on('connect', () => peer.send(`a word from ${name}`))
      peer.on('data', data => say(name, 'data', new TextDecoder().decode(data)))
    })
    return client
  })
  const [a, b] = clients
  a.once('update', () => {
    b.once('update', () => b.scrape())
    b.start()
  })
  a.start()
  process.stdin.on('end', () => {
    b.complete()
    b.once('update', () => {
      for (const client of clients) {
        client.stop()
        client.destroy()
      }
      process.exit(0)
    })
  }).resume()
}
