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
complete -c bt -n "__fish_bt_needs_command" -f -a "inspect" -d 'Shows what a torrent is'
complete -c bt -n "__fish_bt_needs_command" -f -a "publish" -d 'Makes metainfo of a file or directory'
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
complete -c bt -n "__fish_bt_using_subcommand decode" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand decode" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand decode" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand decode" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand inspect" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand publish" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand publish" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand publish" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand publish" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand track" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand track" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand track" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand track" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand seed" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand seed" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand seed" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand seed" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand fetch" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand fetch" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand fetch" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "inspect" -d 'Shows what a torrent is'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "publish" -d 'Makes metainfo of a file or directory'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "track" -d 'Runs a tracker'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "seed" -d 'Offers what is complete'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "fetch" -d 'Downloads a torrent'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "open" -d 'Downloads what a browser hands over'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "completions" -d 'Writes completions for a shell'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "man" -d 'Shows the manual pages'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect publish track seed fetch open completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
