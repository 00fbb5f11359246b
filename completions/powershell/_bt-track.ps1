
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'bt-track' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'bt-track'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'bt-track' {
            [CompletionResult]::new('-p', '-p', [CompletionResultType]::ParameterName, 'Port to listen on; 0 takes a free one and says which')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port to listen on; 0 takes a free one and says which')
            [CompletionResult]::new('--bind', '--bind', [CompletionResultType]::ParameterName, 'Address to listen at; may be repeated [default: all, IPv4 and IPv6]')
            [CompletionResult]::new('--udp-port', '--udp-port', [CompletionResultType]::ParameterName, 'UDP port to listen on [default: that of --port]')
            [CompletionResult]::new('-d', '-d', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--dfile', '--dfile', [CompletionResultType]::ParameterName, 'Where the state is kept; made if it is missing')
            [CompletionResult]::new('--save-interval', '--save-interval', [CompletionResultType]::ParameterName, 'Between two saves of the dfile')
            [CompletionResult]::new('--interval', '--interval', [CompletionResultType]::ParameterName, 'What peers are told to wait between announces')
            [CompletionResult]::new('--timeout-downloaders', '--timeout-downloaders', [CompletionResultType]::ParameterName, 'How long a peer may be silent before it counts as gone')
            [CompletionResult]::new('--response-size', '--response-size', [CompletionResultType]::ParameterName, 'Peers told of where the asker wants no certain number: 1 to 200')
            [CompletionResult]::new('--socket-timeout', '--socket-timeout', [CompletionResultType]::ParameterName, 'For a client to say what it wants, and for a peer to take the call of --nat-check')
            [CompletionResult]::new('--threads', '--threads', [CompletionResultType]::ParameterName, 'Threads that serve; 0: one a core')
            [CompletionResult]::new('--log-flush', '--log-flush', [CompletionResultType]::ParameterName, 'Between two flushes of the log')
            [CompletionResult]::new('--log-format', '--log-format', [CompletionResultType]::ParameterName, 'How log lines look [default: common; json with --json]')
            [CompletionResult]::new('--tls-cert', '--tls-cert', [CompletionResultType]::ParameterName, 'PEM file of the certificate for HTTPS, with those that lead from it to a root')
            [CompletionResult]::new('--tls-key', '--tls-key', [CompletionResultType]::ParameterName, 'PEM file of the certificate''s key')
            [CompletionResult]::new('--tls-port', '--tls-port', [CompletionResultType]::ParameterName, 'Port for HTTPS alone, beside --port for HTTP alone')
            [CompletionResult]::new('--unix', '--unix', [CompletionResultType]::ParameterName, 'Unix socket to serve HTTP at, for a proxy on this machine')
            [CompletionResult]::new('--websocket-interval', '--websocket-interval', [CompletionResultType]::ParameterName, 'What browsers are told to wait between announces, with which new offers come')
            [CompletionResult]::new('--connections', '--connections', [CompletionResultType]::ParameterName, 'Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]')
            [CompletionResult]::new('--connections-per-address', '--connections-per-address', [CompletionResultType]::ParameterName, 'Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit')
            [CompletionResult]::new('--idle-timeout', '--idle-timeout', [CompletionResultType]::ParameterName, 'How long a connection is kept for another request')
            [CompletionResult]::new('--head-size', '--head-size', [CompletionResultType]::ParameterName, 'How long the head of a request may be, 1KiB to 1MiB; more is answered with 431')
            [CompletionResult]::new('--uri-size', '--uri-size', [CompletionResultType]::ParameterName, 'How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or --head-size where that is less]')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Serve only these torrents: a list, or a folder of .torrent files')
            [CompletionResult]::new('--deny', '--deny', [CompletionResultType]::ParameterName, 'Never serve these torrents: a list, or a folder, as for --allow')
            [CompletionResult]::new('--keys', '--keys', [CompletionResultType]::ParameterName, 'Serve only who has one of these keys, at /KEY/announce')
            [CompletionResult]::new('--trusted-proxy', '--trusted-proxy', [CompletionResultType]::ParameterName, 'Proxies that are believed whom they speak for: CIDR blocks or addresses')
            [CompletionResult]::new('--proxy-header', '--proxy-header', [CompletionResultType]::ParameterName, 'The header in which the trusted proxies say it; the other is not looked at')
            [CompletionResult]::new('--external-ip', '--external-ip', [CompletionResultType]::ParameterName, 'Address of the tracker''s own network as seen from outside; one IPv4, one IPv6')
            [CompletionResult]::new('--rate', '--rate', [CompletionResultType]::ParameterName, 'Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000; private addresses: no limit]')
            [CompletionResult]::new('--torrents-per-address', '--torrents-per-address', [CompletionResultType]::ParameterName, 'Torrents of one address; 0: no limit')
            [CompletionResult]::new('--peers-per-address', '--peers-per-address', [CompletionResultType]::ParameterName, 'Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private addresses: no limit]')
            [CompletionResult]::new('--min-interval', '--min-interval', [CompletionResultType]::ParameterName, 'The least time between announces that peers are told')
            [CompletionResult]::new('--interval-jitter', '--interval-jitter', [CompletionResultType]::ParameterName, 'By how many percent --interval is longer or shorter, at random')
            [CompletionResult]::new('--most-memory', '--most-memory', [CompletionResultType]::ParameterName, 'Memory for all swarms, at least 1MiB; 0: no limit')
            [CompletionResult]::new('--most-peers', '--most-peers', [CompletionResultType]::ParameterName, 'Peers of all torrents together; 0: no limit')
            [CompletionResult]::new('--most-torrents', '--most-torrents', [CompletionResultType]::ParameterName, 'Torrents; 0: no limit')
            [CompletionResult]::new('--torrents', '--torrents', [CompletionResultType]::ParameterName, 'Offer the .torrent files of this folder')
            [CompletionResult]::new('--public-url', '--public-url', [CompletionResultType]::ParameterName, 'Where the tracker is seen from outside, as in https://tracker.example [default: as each request names its host]')
            [CompletionResult]::new('--index', '--index', [CompletionResultType]::ParameterName, 'Who sees the page / that lists the torrents [default: all; with --keys: none]')
            [CompletionResult]::new('--stats', '--stats', [CompletionResultType]::ParameterName, 'Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys: none]')
            [CompletionResult]::new('--files', '--files', [CompletionResultType]::ParameterName, 'Who gets the files of --torrents, and the feed [default: all; with --keys: none]')
            [CompletionResult]::new('--metrics-listen', '--metrics-listen', [CompletionResultType]::ParameterName, 'Serve the metrics there, and not at /metrics beside the announces')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--no-udp', '--no-udp', [CompletionResultType]::ParameterName, 'Serve HTTP alone')
            [CompletionResult]::new('--proxy-protocol', '--proxy-protocol', [CompletionResultType]::ParameterName, 'Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)')
            [CompletionResult]::new('--websocket', '--websocket', [CompletionResultType]::ParameterName, 'Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets')
            [CompletionResult]::new('--take-over', '--take-over', [CompletionResultType]::ParameterName, 'Take the place of the bt track that has the dfile')
            [CompletionResult]::new('--no-sandbox', '--no-sandbox', [CompletionResultType]::ParameterName, 'Keep all rights of the process')
            [CompletionResult]::new('--trust-ip', '--trust-ip', [CompletionResultType]::ParameterName, 'Believe the ip= of askers on loopback and private addresses')
            [CompletionResult]::new('--proxies-announce', '--proxies-announce', [CompletionResultType]::ParameterName, 'The trusted proxies announce for others, and their ip= is believed')
            [CompletionResult]::new('--nat-check', '--nat-check', [CompletionResultType]::ParameterName, 'Call each peer back, and tell others only of those that take the call')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('dump', 'dump', [CompletionResultType]::ParameterValue, 'Writes the swarms of a dfile, a line of JSON each')
            break
        }
        'bt-track;dump' {
            [CompletionResult]::new('--max-dfile', '--max-dfile', [CompletionResultType]::ParameterName, 'The longest dfile that is read; all of it is held in memory')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'What data on standard output looks like [default: human on a terminal, else json]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours')
            [CompletionResult]::new('--progress', '--progress', [CompletionResultType]::ParameterName, 'Progress bars on standard error; auto draws them on a terminal')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile of the configuration file that counts')
            [CompletionResult]::new('--peers', '--peers', [CompletionResultType]::ParameterName, 'With the peers: address, seed, partial_seed, and age in seconds since last heard of')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Say nothing but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more; twice for still more')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'JSON on standard output, also on a terminal')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
