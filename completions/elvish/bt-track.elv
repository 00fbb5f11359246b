
use builtin;
use str;

set edit:completion:arg-completer[bt-track] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'bt-track'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'bt-track'= {
            cand -p 'Port to listen on; 0 takes a free one and says which'
            cand --port 'Port to listen on; 0 takes a free one and says which'
            cand --bind 'Address to listen at; may be repeated [default: all, IPv4 and IPv6]'
            cand --udp-port 'UDP port to listen on [default: that of --port]'
            cand -d 'Where the state is kept; made if it is missing'
            cand --dfile 'Where the state is kept; made if it is missing'
            cand --save-interval 'Between two saves of the dfile'
            cand --interval 'What peers are told to wait between announces'
            cand --timeout-downloaders 'How long a peer may be silent before it counts as gone'
            cand --response-size 'Peers told of where the asker wants no certain number: 1 to 200'
            cand --socket-timeout 'For a client to say what it wants, and for a peer to take the call of --nat-check'
            cand --threads 'Threads that serve; 0: one a core'
            cand --log-flush 'Between two flushes of the log'
            cand --log-format 'How log lines look [default: common; json with --json]'
            cand --tls-cert 'PEM file of the certificate for HTTPS, with those that lead from it to a root'
            cand --tls-key 'PEM file of the certificate''s key'
            cand --tls-port 'Port for HTTPS alone, beside --port for HTTP alone'
            cand --unix 'Unix socket to serve HTTP at, for a proxy on this machine'
            cand --websocket-interval 'What browsers are told to wait between announces, with which new offers come'
            cand --connections 'Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]'
            cand --connections-per-address 'Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit'
            cand --idle-timeout 'How long a connection is kept for another request'
            cand --head-size 'How long the head of a request may be, 1KiB to 1MiB; more is answered with 431'
            cand --uri-size 'How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or --head-size where that is less]'
            cand --allow 'Serve only these torrents: a list, or a folder of .torrent files'
            cand --deny 'Never serve these torrents: a list, or a folder, as for --allow'
            cand --keys 'Serve only who has one of these keys, at /KEY/announce'
            cand --trusted-proxy 'Proxies that are believed whom they speak for: CIDR blocks or addresses'
            cand --proxy-header 'The header in which the trusted proxies say it; the other is not looked at'
            cand --external-ip 'Address of the tracker''s own network as seen from outside; one IPv4, one IPv6'
            cand --rate 'Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000; private addresses: no limit]'
            cand --torrents-per-address 'Torrents of one address; 0: no limit'
            cand --peers-per-address 'Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private addresses: no limit]'
            cand --min-interval 'The least time between announces that peers are told'
            cand --interval-jitter 'By how many percent --interval is longer or shorter, at random'
            cand --most-memory 'Memory for all swarms, at least 1MiB; 0: no limit'
            cand --most-peers 'Peers of all torrents together; 0: no limit'
            cand --most-torrents 'Torrents; 0: no limit'
            cand --torrents 'Offer the .torrent files of this folder'
            cand --public-url 'Where the tracker is seen from outside, as in https://tracker.example [default: as each request names its host]'
            cand --index 'Who sees the page / that lists the torrents [default: all; with --keys: none]'
            cand --stats 'Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys: none]'
            cand --files 'Who gets the files of --torrents, and the feed [default: all; with --keys: none]'
            cand --metrics-listen 'Serve the metrics there, and not at /metrics beside the announces'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --no-udp 'Serve HTTP alone'
            cand --proxy-protocol 'Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)'
            cand --websocket 'Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets'
            cand --take-over 'Take the place of the bt track that has the dfile'
            cand --no-sandbox 'Keep all rights of the process'
            cand --trust-ip 'Believe the ip= of askers on loopback and private addresses'
            cand --proxies-announce 'The trusted proxies announce for others, and their ip= is believed'
            cand --nat-check 'Call each peer back, and tell others only of those that take the call'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand dump 'Writes the swarms of a dfile, a line of JSON each'
        }
        &'bt-track;dump'= {
            cand --max-dfile 'The longest dfile that is read; all of it is held in memory'
            cand --format 'What data on standard output looks like [default: human on a terminal, else json]'
            cand --color 'Colours'
            cand --progress 'Progress bars on standard error; auto draws them on a terminal'
            cand --profile 'The profile of the configuration file that counts'
            cand --peers 'With the peers: address, seed, partial_seed, and age in seconds since last heard of'
            cand -q 'Say nothing but errors'
            cand --quiet 'Say nothing but errors'
            cand -v 'Say more; twice for still more'
            cand --verbose 'Say more; twice for still more'
            cand --json 'JSON on standard output, also on a terminal'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
