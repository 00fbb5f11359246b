# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bt_track_global_optspecs
    string join \n p/port= bind= udp-port= no-udp d/dfile= save-interval= interval= timeout-downloaders= response-size= socket-timeout= threads= log-flush= log-format= tls-cert= tls-key= tls-port= unix= proxy-protocol websocket websocket-interval= connections= connections-per-address= idle-timeout= head-size= uri-size= take-over no-sandbox allow= deny= keys= trusted-proxy= proxy-header= trust-ip proxies-announce external-ip= nat-check rate= torrents-per-address= peers-per-address= min-interval= interval-jitter= most-memory= most-peers= most-torrents= torrents= public-url= index= stats= files= metrics-listen= q/quiet v/verbose json format= color= progress= profile= h/help
end

function __fish_bt_track_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_bt_track_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_bt_track_using_subcommand
    set -l cmd (__fish_bt_track_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c bt-track -n "__fish_bt_track_needs_command" -s p -l port -d 'Port to listen on; 0 takes a free one and says which' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l bind -d 'Address to listen at; may be repeated [default: all, IPv4 and IPv6]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l udp-port -d 'UDP port to listen on [default: that of --port]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -s d -l dfile -d 'Where the state is kept; made if it is missing' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l save-interval -d 'Between two saves of the dfile' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l interval -d 'What peers are told to wait between announces' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l timeout-downloaders -d 'How long a peer may be silent before it counts as gone' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l response-size -d 'Peers told of where the asker wants no certain number: 1 to 200' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l socket-timeout -d 'For a client to say what it wants, and for a peer to take the call of --nat-check' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l threads -d 'Threads that serve; 0: one a core' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l log-flush -d 'Between two flushes of the log' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l log-format -d 'How log lines look [default: common; json with --json]' -r -f -a "common\t'The Common Log Format of web servers'
json\t'A JSON object a line'
none\t'No log'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l tls-cert -d 'PEM file of the certificate for HTTPS, with those that lead from it to a root' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l tls-key -d 'PEM file of the certificate\'s key' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l tls-port -d 'Port for HTTPS alone, beside --port for HTTP alone' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l unix -d 'Unix socket to serve HTTP at, for a proxy on this machine' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l websocket-interval -d 'What browsers are told to wait between announces, with which new offers come' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l connections -d 'Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l connections-per-address -d 'Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l idle-timeout -d 'How long a connection is kept for another request' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l head-size -d 'How long the head of a request may be, 1KiB to 1MiB; more is answered with 431' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l uri-size -d 'How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or --head-size where that is less]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l allow -d 'Serve only these torrents: a list, or a folder of .torrent files' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l deny -d 'Never serve these torrents: a list, or a folder, as for --allow' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l keys -d 'Serve only who has one of these keys, at /KEY/announce' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l trusted-proxy -d 'Proxies that are believed whom they speak for: CIDR blocks or addresses' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l proxy-header -d 'The header in which the trusted proxies say it; the other is not looked at' -r -f -a "x-forwarded-for\t'As most proxies write it'
forwarded\t'As RFC 7239 has it'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l external-ip -d 'Address of the tracker\'s own network as seen from outside; one IPv4, one IPv6' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l rate -d 'Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000; private addresses: no limit]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l torrents-per-address -d 'Torrents of one address; 0: no limit' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l peers-per-address -d 'Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private addresses: no limit]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l min-interval -d 'The least time between announces that peers are told' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l interval-jitter -d 'By how many percent --interval is longer or shorter, at random' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l most-memory -d 'Memory for all swarms, at least 1MiB; 0: no limit' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l most-peers -d 'Peers of all torrents together; 0: no limit' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l most-torrents -d 'Torrents; 0: no limit' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l torrents -d 'Offer the .torrent files of this folder' -r -F
complete -c bt-track -n "__fish_bt_track_needs_command" -l public-url -d 'Where the tracker is seen from outside, as in https://tracker.example [default: as each request names its host]' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l index -d 'Who sees the page / that lists the torrents [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l stats -d 'Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l files -d 'Who gets the files of --torrents, and the feed [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l metrics-listen -d 'Serve the metrics there, and not at /metrics beside the announces' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -n "__fish_bt_track_needs_command" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-track -n "__fish_bt_track_needs_command" -l no-udp -d 'Serve HTTP alone'
complete -c bt-track -n "__fish_bt_track_needs_command" -l proxy-protocol -d 'Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)'
complete -c bt-track -n "__fish_bt_track_needs_command" -l websocket -d 'Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets'
complete -c bt-track -n "__fish_bt_track_needs_command" -l take-over -d 'Take the place of the bt track that has the dfile'
complete -c bt-track -n "__fish_bt_track_needs_command" -l no-sandbox -d 'Keep all rights of the process'
complete -c bt-track -n "__fish_bt_track_needs_command" -l trust-ip -d 'Believe the ip= of askers on loopback and private addresses'
complete -c bt-track -n "__fish_bt_track_needs_command" -l proxies-announce -d 'The trusted proxies announce for others, and their ip= is believed'
complete -c bt-track -n "__fish_bt_track_needs_command" -l nat-check -d 'Call each peer back, and tell others only of those that take the call'
complete -c bt-track -n "__fish_bt_track_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c bt-track -n "__fish_bt_track_needs_command" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-track -n "__fish_bt_track_needs_command" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-track -n "__fish_bt_track_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt-track -n "__fish_bt_track_needs_command" -f -a "dump" -d 'Writes the swarms of a dfile, a line of JSON each'
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l max-dfile -d 'The longest dfile that is read; all of it is held in memory' -r
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l peers -d 'With the peers: address, seed, partial_seed, and age in seconds since last heard of'
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -s q -l quiet -d 'Say nothing but errors'
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-track -n "__fish_bt_track_using_subcommand dump" -s h -l help -d 'Print help (see more with \'--help\')'
