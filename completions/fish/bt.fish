# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_bt_global_optspecs
    string join \n q/quiet v/verbose json format= color= progress= profile= list h/help V/version
end

function __fish_bt_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_bt_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_bt_using_subcommand
    set -l cmd (__fish_bt_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c bt -n "__fish_bt_needs_command" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_needs_command" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_needs_command" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_needs_command" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_needs_command" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_needs_command" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_needs_command" -l list -d 'Names the commands, one a line'
complete -c bt -n "__fish_bt_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_needs_command" -s V -l version -d 'Print version'
complete -c bt -n "__fish_bt_needs_command" -f -a "decode" -d 'Bencode to JSON'
complete -c bt -n "__fish_bt_needs_command" -f -a "encode" -d 'JSON to bencode'
complete -c bt -n "__fish_bt_needs_command" -f -a "inspect" -d 'Shows what a torrent is, or what a tracker wrote'
complete -c bt -n "__fish_bt_needs_command" -f -a "publish" -d 'Makes metainfo of files and directories'
complete -c bt -n "__fish_bt_needs_command" -f -a "track" -d 'Runs a tracker'
complete -c bt -n "__fish_bt_needs_command" -f -a "seed" -d 'Offers what is complete'
complete -c bt -n "__fish_bt_needs_command" -f -a "fetch" -d 'Downloads a torrent'
complete -c bt -n "__fish_bt_needs_command" -f -a "open" -d 'Downloads what a browser hands over'
complete -c bt -n "__fish_bt_needs_command" -f -a "completions" -d 'Writes completions for a shell'
complete -c bt -n "__fish_bt_needs_command" -f -a "man" -d 'Shows the manual pages'
complete -c bt -n "__fish_bt_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bt -n "__fish_bt_using_subcommand decode" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand decode" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand decode" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand decode" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand decode" -l lenient -d 'Take leading zeros, negative zero, unsorted and double keys and bytes after the end, and warn'
complete -c bt -n "__fish_bt_using_subcommand decode" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand decode" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand decode" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand decode" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand encode" -s o -l output -d 'Where to write; `-` is standard output' -r
complete -c bt -n "__fish_bt_using_subcommand encode" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand encode" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand encode" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand encode" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand encode" -l force -d 'Write over an existing file, and raw bencode to a terminal'
complete -c bt -n "__fish_bt_using_subcommand encode" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand encode" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand encode" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand encode" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l raw -d 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s f -l force -d 'Write --format bencode to a terminal'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand publish" -s t -l tracker -d 'One more tracker, after those named behind PATH; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s o -l output -d 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s l -l piece-length -d 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s n -l name -d 'The name that others store it under [default: PATH\'s own]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s c -l comment -d 'A word to people' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s s -l source -d 'A mark inside the info-hash, by which trackers tell their torrents apart' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s w -l web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l created-by -d 'The program that made it; an empty one is left out' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l threads -d 'How many pieces are hashed at once [default: one a core]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s f -l force -d 'Write over an existing file; write metainfo to a terminal'
complete -c bt -n "__fish_bt_using_subcommand publish" -s p -l private -d 'Only peers of its own trackers (BEP 27)'
complete -c bt -n "__fish_bt_using_subcommand publish" -l no-date -d 'Leave the creation date out'
complete -c bt -n "__fish_bt_using_subcommand publish" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand publish" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand publish" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand track" -s p -l port -d 'Port to listen on; 0 takes a free one and says which' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l bind -d 'Address to listen at [default: all, IPv4 and IPv6]' -r
complete -c bt -n "__fish_bt_using_subcommand track" -s d -l dfile -d 'Where the state is kept; made if it is missing' -r -F
complete -c bt -n "__fish_bt_using_subcommand track" -l save-interval -d 'Between two saves of the dfile' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l interval -d 'What peers are told to wait between announces' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l timeout-downloaders -d 'How long a peer may be silent before it counts as gone' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l response-size -d 'Peers told of where the asker wants no certain number; 200 at most' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l socket-timeout -d 'For a client to say what it wants, and for a peer to take the call of --nat-check' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l log-flush -d 'Between two flushes of the log' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l log-format -d 'How log lines look [default: common; json with --json]' -r -f -a "common\t'The Common Log Format of web servers'
json\t'A JSON object a line'
none\t'No log'"
complete -c bt -n "__fish_bt_using_subcommand track" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand track" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand track" -l nat-check -d 'Call each peer back, and refuse those that cannot be reached'
complete -c bt -n "__fish_bt_using_subcommand track" -l trust-ip -d 'Believe the ip= of askers on loopback and private addresses'
complete -c bt -n "__fish_bt_using_subcommand track" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand track" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand track" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand track" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand seed" -l data -d 'Where the data lies: the folder that holds it, or the data itself' -r -F
complete -c bt -n "__fish_bt_using_subcommand seed" -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand seed" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand seed" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand seed" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l force-check -d 'Read all data that is there, also what an earlier run has verified'
complete -c bt -n "__fish_bt_using_subcommand seed" -l no-dht -d 'Do not use the DHT (it is not used yet: for scripts that must be sure)'
complete -c bt -n "__fish_bt_using_subcommand seed" -l no-lsd -d 'Do not look for peers in the local network (none are looked for yet)'
complete -c bt -n "__fish_bt_using_subcommand seed" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand seed" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand seed" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand seed" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s o -l output -d 'The folder that the data is put into' -r -F
complete -c bt -n "__fish_bt_using_subcommand fetch" -l save-as -d 'The file or folder itself that becomes the data, whatever the torrent\'s name is' -r -F
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-download-rate -d 'Receive at most so many bytes a second' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l timeout -d 'End with status 5 where nothing new came for so long [default: wait for ever]' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand fetch" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand fetch" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand fetch" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l keep-seeding -d 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal'
complete -c bt -n "__fish_bt_using_subcommand fetch" -l force-check -d 'Read all data that is there, also what an earlier run has verified'
complete -c bt -n "__fish_bt_using_subcommand fetch" -l no-dht -d 'Do not use the DHT (it is not used yet: for scripts that must be sure)'
complete -c bt -n "__fish_bt_using_subcommand fetch" -l no-lsd -d 'Do not look for peers in the local network (none are looked for yet)'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand fetch" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand open" -s o -l output -d 'Another folder than the user\'s download folder' -r -F
complete -c bt -n "__fish_bt_using_subcommand open" -l save-as -d 'The file or folder itself that becomes the data, whatever the torrent\'s name is' -r -F
complete -c bt -n "__fish_bt_using_subcommand open" -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand open" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand open" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand open" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l keep-seeding -d 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal'
complete -c bt -n "__fish_bt_using_subcommand open" -l force-check -d 'Read all data that is there, also what an earlier run has verified'
complete -c bt -n "__fish_bt_using_subcommand open" -l no-dht -d 'Do not use the DHT (it is not used yet: for scripts that must be sure)'
complete -c bt -n "__fish_bt_using_subcommand open" -l no-lsd -d 'Do not look for peers in the local network (none are looked for yet)'
complete -c bt -n "__fish_bt_using_subcommand open" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand open" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand open" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand completions" -l out -d 'Writes them as files into this folder, for the links such as bt-track too' -r -F
complete -c bt -n "__fish_bt_using_subcommand completions" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand completions" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand completions" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand completions" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand completions" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand completions" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand completions" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand man" -l out -d 'Writes all pages into this folder instead' -r -F
complete -c bt -n "__fish_bt_using_subcommand man" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand man" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand man" -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand man" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand man" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand man" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand man" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "decode" -d 'Bencode to JSON'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "encode" -d 'JSON to bencode'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "inspect" -d 'Shows what a torrent is, or what a tracker wrote'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "publish" -d 'Makes metainfo of files and directories'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "track" -d 'Runs a tracker'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "seed" -d 'Offers what is complete'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "fetch" -d 'Downloads a torrent'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "open" -d 'Downloads what a browser hands over'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "completions" -d 'Writes completions for a shell'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "man" -d 'Shows the manual pages'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
