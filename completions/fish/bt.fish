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
complete -c bt -n "__fish_bt_needs_command" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_needs_command" -f -a "edit" -d 'Changes metainfo and leaves all else byte for byte'
complete -c bt -n "__fish_bt_needs_command" -f -a "magnet" -d 'Writes the magnet link of a torrent'
complete -c bt -n "__fish_bt_needs_command" -f -a "publish" -d 'Makes metainfo of files and directories'
complete -c bt -n "__fish_bt_needs_command" -f -a "verify" -d 'Checks data against its metainfo'
complete -c bt -n "__fish_bt_needs_command" -f -a "track" -d 'Runs a tracker'
complete -c bt -n "__fish_bt_needs_command" -f -a "seed" -d 'Offers what is complete'
complete -c bt -n "__fish_bt_needs_command" -f -a "fetch" -d 'Downloads a torrent'
complete -c bt -n "__fish_bt_needs_command" -f -a "open" -d 'Downloads what a browser hands over'
complete -c bt -n "__fish_bt_needs_command" -f -a "announce" -d 'Asks trackers for the peers of a torrent'
complete -c bt -n "__fish_bt_needs_command" -f -a "scrape" -d 'Asks trackers how many peers torrents have'
complete -c bt -n "__fish_bt_needs_command" -f -a "completions" -d 'Writes completions for a shell'
complete -c bt -n "__fish_bt_needs_command" -f -a "man" -d 'Shows the manual pages'
complete -c bt -n "__fish_bt_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bt -n "__fish_bt_using_subcommand decode" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand decode" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand decode" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_using_subcommand encode" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand encode" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand encode" -l force -d 'Write over an existing file, and raw bencode to a terminal'
complete -c bt -n "__fish_bt_using_subcommand encode" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand encode" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand encode" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand encode" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l field -d 'One value as text, such as .info_hash.v1, .files[0].path or .trackers[][]; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand inspect" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand inspect" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand inspect" -l tree -d 'The tree of all files, each folder with its sum, also into a pipe'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l files -d 'A line for each file: its bytes, a tab, its path; with --json an object'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s 0 -l null -d 'With --files: each line ends in NUL, not in a newline, and names are as they are'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l raw -d 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s f -l force -d 'Write --format bencode to a terminal'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand inspect" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand edit" -s o -l output -d 'Where to write; - is standard output [default: -]' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand edit" -l add-tracker -d 'One more tracker, a tier behind the others; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l tier -d 'The tier that the new trackers join, from 1' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l remove-tracker -d 'Without the trackers that match; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l replace-tracker -d 'Other URLs for the trackers that match; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l add-web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l remove-web-seed -d 'Without the web seeds that match; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l replace-web-seed -d 'Other URLs for the web seeds that match, as --replace-tracker has it' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l add-http-seed -d 'A server of the older kind (BEP 17); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l remove-http-seed -d 'Without the servers of the older kind that match; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l add-node -d 'A node of the DHT that may know peers (BEP 5); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l remove-node -d 'Without the nodes that match as HOST:PORT; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -s c -l comment -d 'A word to people' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l created-by -d 'The program that made it' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l date -d 'When it was made: 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -s s -l source -d 'A mark inside `info`, by which trackers tell their torrents apart' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l set -d 'A value at a path, such as /x-key="text" or /nodes/0/1=6881; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l unset -d 'Without the key or element at a path; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l sign -d 'Sign with this private key, RSA in PEM (BEP 35)' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l certificate -d 'The certificate of the key, in PEM or DER' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand edit" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand edit" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand edit" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand edit" -s i -l in-place -d 'Change the files in their places'
complete -c bt -n "__fish_bt_using_subcommand edit" -s n -l dry-run -d 'Write nothing, but show what would change'
complete -c bt -n "__fish_bt_using_subcommand edit" -s f -l force -d 'Write over an existing file; write metainfo to a terminal'
complete -c bt -n "__fish_bt_using_subcommand edit" -l change-info-hash -d 'Take changes inside `info`, and tell the old and the new info-hash'
complete -c bt -n "__fish_bt_using_subcommand edit" -l clear-trackers -d 'Without any of the old trackers'
complete -c bt -n "__fish_bt_using_subcommand edit" -l no-comment -d 'Without a comment'
complete -c bt -n "__fish_bt_using_subcommand edit" -l no-created-by -d 'Without the program that made it'
complete -c bt -n "__fish_bt_using_subcommand edit" -l no-date -d 'Without the date'
complete -c bt -n "__fish_bt_using_subcommand edit" -l no-source -d 'Without that mark'
complete -c bt -n "__fish_bt_using_subcommand edit" -s p -l private -d 'Only peers of its own trackers (BEP 27); inside `info`'
complete -c bt -n "__fish_bt_using_subcommand edit" -l public -d 'Peers from everywhere; inside `info`'
complete -c bt -n "__fish_bt_using_subcommand edit" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand edit" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand edit" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand magnet" -l only -d 'The info-hash of this version alone [default: of all that there are]' -r -f -a "v1\t'The info-hash of BEP 3'
v2\t'The info-hash of BEP 52'"
complete -c bt -n "__fish_bt_using_subcommand magnet" -l select -d 'The files that are wanted: numbers and ranges, or a glob; may be repeated (BEP 53)' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l peer -d 'A peer that has it; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -s t -l tracker -d 'One more tracker, behind those of the torrent; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand magnet" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand magnet" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand magnet" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand magnet" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand magnet" -l size -d 'Tell the size'
complete -c bt -n "__fish_bt_using_subcommand magnet" -l no-name -d 'Leave the name out'
complete -c bt -n "__fish_bt_using_subcommand magnet" -l no-trackers -d 'Leave the trackers of the torrent out'
complete -c bt -n "__fish_bt_using_subcommand magnet" -l no-web-seeds -d 'Leave the web seeds out'
complete -c bt -n "__fish_bt_using_subcommand magnet" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand magnet" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand magnet" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand magnet" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand publish" -s t -l tracker -d 'One more tracker, after those named behind PATH; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s o -l output -d 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s n -l name -d 'The name that others store it under [default: PATH\'s own]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l also-write -d 'Store the stream that is published in FILE, or pass it on to standard output with -' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand publish" -s l -l piece-length -d 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l max-piece-length -d 'The most bytes in a piece, where the length goes by size' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l piece-count -d 'The most pieces: the shortest length that makes no more' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s c -l comment -d 'A word to people' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s s -l source -d 'A mark inside the info-hash, by which trackers tell their torrents apart' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s w -l web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l http-seed -d 'A server of the older kind, which knows pieces (BEP 17); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l node -d 'A node of the DHT that may know peers (BEP 5); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l similar -d 'A torrent that has some of the same files (BEP 38); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l collection -d 'A group of torrents that may share files (BEP 38); may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l update-url -d 'Where a newer torrent in place of this one will be found (BEP 39)' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l created-by -d 'The program that made it; an empty one is left out' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l set -d 'Any further key; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l sign -d 'Sign with this private key, RSA in PEM (BEP 35)' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l certificate -d 'The certificate of the key, in PEM or DER' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l threads -d 'How many threads hash [default: one a core]' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l io-limit -d 'Read no faster than so many bytes a second: 50MiB/s' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l reuse -d 'Take over hashes of files that have not changed since TORRENT was made; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l include -d 'Only files that match, or whose directory does; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l exclude -d 'Neither files nor directories that match; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l hidden -d 'Names that begin with a dot' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l junk -d 'What systems leave behind in directories: Thumbs.db, .DS_Store and the like' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l cvs-core -d 'Files and directories called CVS or core' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l links -d 'What becomes of symbolic links in a directory' -r -f -a "follow\t'What they lead to is taken in their place, wherever it is'
store\t'They are stored as links'
skip\t'They are left out'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l attributes -d 'Mark files as executable or hidden (BEP 47)' -r -f -a "none\t'No marks'
executable\t'That its owner may run it'
hidden\t'That its name begins with a dot'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l files-from -d 'Take the files that FILE names, or standard input with -, one a line' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l sort -d 'The order of the files' -r -f -a "name\t'By the bytes of the names, directory by directory'
natural\t'By names, with numbers by their value: a2 before a10'
smallest\t'The smallest first'
largest\t'The largest first'
oldest\t'What was written last comes last'
newest\t'What was written last comes first'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand publish" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand publish" -s f -l force -d 'Write over existing files; write metainfo to a terminal'
complete -c bt -n "__fish_bt_using_subcommand publish" -l v1 -d 'Version 1, which every client knows [default]'
complete -c bt -n "__fish_bt_using_subcommand publish" -l v2 -d 'Version 2 (BEP 52), with a hash tree for each file'
complete -c bt -n "__fish_bt_using_subcommand publish" -l hybrid -d 'Both versions in one, for clients of either'
complete -c bt -n "__fish_bt_using_subcommand publish" -s p -l private -d 'Only peers of its own trackers (BEP 27)'
complete -c bt -n "__fish_bt_using_subcommand publish" -l no-date -d 'Leave the creation date out'
complete -c bt -n "__fish_bt_using_subcommand publish" -l md5sum -d 'Write the MD5 of each file too'
complete -c bt -n "__fish_bt_using_subcommand publish" -l sha1 -d 'Write the SHA-1 of each file too (BEP 47)'
complete -c bt -n "__fish_bt_using_subcommand publish" -l resume -d 'Keep finished hashes while hashing, and go on from those that an interrupted run has kept'
complete -c bt -n "__fish_bt_using_subcommand publish" -l ignore-files -d 'Leave out what .gitignore and .ignore say'
complete -c bt -n "__fish_bt_using_subcommand publish" -l each -d 'Make a torrent of each entry of the directory PATH'
complete -c bt -n "__fish_bt_using_subcommand publish" -l dry-run -d 'Show what would go in, and make nothing'
complete -c bt -n "__fish_bt_using_subcommand publish" -l check-web-seeds -d 'Make sure that each web seed has the files, and sends parts of them'
complete -c bt -n "__fish_bt_using_subcommand publish" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand publish" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand publish" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand verify" -l data -d 'Where the data lies: the folder that holds it, or the data itself' -r -F
complete -c bt -n "__fish_bt_using_subcommand verify" -l find -d 'Look below DIR for files that were renamed or moved; may be repeated' -r -F
complete -c bt -n "__fish_bt_using_subcommand verify" -l link-into -d 'Put all files that are right together in DIR/NAME, as hard links' -r -F
complete -c bt -n "__fish_bt_using_subcommand verify" -l repair-from -d 'Get pieces that are bad or missing from another copy or a web server; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l threads -d 'How many threads hash [default: one a core]' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l io-limit -d 'Read at most so many bytes a second' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand verify" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand verify" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand verify" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand verify" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand verify" -l fast -d 'Look at sizes only and read nothing; says how many files were written after the torrent was made'
complete -c bt -n "__fish_bt_using_subcommand verify" -l strict -d 'Name files in the torrent\'s folder that the torrent does not have; status 1 where there are'
complete -c bt -n "__fish_bt_using_subcommand verify" -l events -d 'A line of JSON for each file and one at the end, in place of one document'
complete -c bt -n "__fish_bt_using_subcommand verify" -l copy -d 'With --link-into, make copies in place of links; they share blocks where the file system can'
complete -c bt -n "__fish_bt_using_subcommand verify" -s f -l force -d 'With --repair-from, also cut files that are too long'
complete -c bt -n "__fish_bt_using_subcommand verify" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand verify" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand verify" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -s p -l port -d 'Port to listen on; 0 takes a free one and says which' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l bind -d 'Address to listen at; may be repeated [default: all, IPv4 and IPv6]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l udp-port -d 'UDP port to listen on [default: that of --port]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -s d -l dfile -d 'Where the state is kept; made if it is missing' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l save-interval -d 'Between two saves of the dfile' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l interval -d 'What peers are told to wait between announces' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l timeout-downloaders -d 'How long a peer may be silent before it counts as gone' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l response-size -d 'Peers told of where the asker wants no certain number: 1 to 200' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l socket-timeout -d 'For a client to say what it wants, and for a peer to take the call of --nat-check' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l threads -d 'Threads that serve; 0: one a core' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l log-flush -d 'Between two flushes of the log' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l log-format -d 'How log lines look [default: common; json with --json]' -r -f -a "common\t'The Common Log Format of web servers'
json\t'A JSON object a line'
none\t'No log'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l tls-cert -d 'PEM file of the certificate for HTTPS, with those that lead from it to a root' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l tls-key -d 'PEM file of the certificate\'s key' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l tls-port -d 'Port for HTTPS alone, beside --port for HTTP alone' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l unix -d 'Unix socket to serve HTTP at, for a proxy on this machine' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l websocket-interval -d 'What browsers are told to wait between announces, with which new offers come' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l connections -d 'Connections held at once; 0: as many as `ulimit -n` allows [default: the same, 16384 at most]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l connections-per-address -d 'Connections held at once for one address, an IPv6 one counted by its /64; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l idle-timeout -d 'How long a connection is kept for another request' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l head-size -d 'How long the head of a request may be, 1KiB to 1MiB; more is answered with 431' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l uri-size -d 'How long its URI may be, 1KiB to --head-size; more is answered with 414 [default: 12KiB, or --head-size where that is less]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l allow -d 'Serve only these torrents: a list, or a folder of .torrent files' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l deny -d 'Never serve these torrents: a list, or a folder, as for --allow' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l keys -d 'Serve only who has one of these keys, at /KEY/announce' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l trusted-proxy -d 'Proxies that are believed whom they speak for: CIDR blocks or addresses' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l proxy-header -d 'The header in which the trusted proxies say it; the other is not looked at' -r -f -a "x-forwarded-for\t'As most proxies write it'
forwarded\t'As RFC 7239 has it'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l external-ip -d 'Address of the tracker\'s own network as seen from outside; one IPv4, one IPv6' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l rate -d 'Requests of one address: N/s or N/m, and so many at once [default: 500/s,10000; private addresses: no limit]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l torrents-per-address -d 'Torrents of one address; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l peers-per-address -d 'Peers of one address, a torrent and a port each; 0: no limit [default: 20000; private addresses: no limit]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l min-interval -d 'The least time between announces that peers are told' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l interval-jitter -d 'By how many percent --interval is longer or shorter, at random' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l most-memory -d 'Memory for all swarms, at least 1MiB; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l most-peers -d 'Peers of all torrents together; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l most-torrents -d 'Torrents; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l torrents -d 'Offer the .torrent files of this folder' -r -F
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l public-url -d 'Where the tracker is seen from outside, as in https://tracker.example [default: as each request names its host]' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l index -d 'Who sees the page / that lists the torrents [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l stats -d 'Who sees the pages /stats and /stats.json, and /metrics beside them [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l files -d 'Who gets the files of --torrents, and the feed [default: all; with --keys: none]' -r -f -a "all\t'Everybody'
none\t'Nobody'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l metrics-listen -d 'Serve the metrics there, and not at /metrics beside the announces' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l no-udp -d 'Serve HTTP alone'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l proxy-protocol -d 'Connections of --trusted-proxy and at --unix begin with the PROXY protocol (v1 or v2)'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l websocket -d 'Serve browsers too, over WebSocket (WebTorrent), at the same ports and sockets'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l take-over -d 'Take the place of the bt track that has the dfile'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l no-sandbox -d 'Keep all rights of the process'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l trust-ip -d 'Believe the ip= of askers on loopback and private addresses'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l proxies-announce -d 'The trusted proxies announce for others, and their ip= is believed'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l nat-check -d 'Call each peer back, and tell others only of those that take the call'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand track; and not __fish_seen_subcommand_from dump" -f -a "dump" -d 'Writes the swarms of a dfile, a line of JSON each'
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l max-dfile -d 'The longest dfile that is read; all of it is held in memory' -r
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l peers -d 'With the peers: address, seed, partial_seed, and age in seconds since last heard of'
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand track; and __fish_seen_subcommand_from dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand seed" -l data -d 'Where the data lies: the folder that holds it, or the data itself' -r -F
complete -c bt -n "__fish_bt_using_subcommand seed" -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand seed" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand seed" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand seed" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-download-rate -d 'Receive at most so many bytes a second; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l timeout -d 'End with status 5 where nothing new came for so long [default: wait for ever]' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand fetch" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand fetch" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand fetch" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_using_subcommand open" -l max-upload-rate -d 'Send at most so many bytes a second, each torrent; 0: no limit' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l seed-time -d 'Offer for so long' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand open" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand open" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand open" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand open" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_using_subcommand announce" -l event -d 'What to tell, and nothing after it [default: started, then stopped]' -r -f -a "started\t'The peer is new'
completed\t'Its last piece has come; then --left is 0 where it is not given'
paused\t'The peer lacks something and fetches nothing (BEP 21)'
stopped\t'The peer leaves'
none\t'No event, as at the interval'"
complete -c bt -n "__fish_bt_using_subcommand announce" -l numwant -d 'How many peers are wanted [default: as the tracker likes]' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l left -d 'Bytes still missing; 0 for a seed [default: all]' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l port -d 'The port that is told to listen' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l peer-id -d 'The peer id that is told: 20 bytes, odd ones as %xx [default: one of bt\'s own, at random]' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -s t -l tracker -d 'A tracker to ask in place of the torrent\'s own; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l info-hash -d 'By which info-hash a hybrid torrent is asked for' -r -f -a "v1\t'That of BEP 3 alone'
v2\t'That of BEP 52 alone, cut to 20 bytes'
both\t'All that there are'"
complete -c bt -n "__fish_bt_using_subcommand announce" -l ip-family -d 'By which addresses a tracker is asked; any: by each that it has, each told' -r -f -a "4\t''
6\t''
any\t''"
complete -c bt -n "__fish_bt_using_subcommand announce" -l timeout -d 'How long a tracker may take' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l expect-peers -d 'End with status 1 where a torrent has fewer peers' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l watch -d 'Ask again and again, until a signal; then the status is 0' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand announce" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand announce" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand announce" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand announce" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand announce" -l brief -d 'A line for each answer, without the peers'
complete -c bt -n "__fish_bt_using_subcommand announce" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand announce" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand announce" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand announce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand scrape" -s t -l tracker -d 'A tracker to ask in place of the torrent\'s own; may be repeated' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l info-hash -d 'By which info-hash a hybrid torrent is asked for' -r -f -a "v1\t'That of BEP 3 alone'
v2\t'That of BEP 52 alone, cut to 20 bytes'
both\t'All that there are'"
complete -c bt -n "__fish_bt_using_subcommand scrape" -l ip-family -d 'By which addresses a tracker is asked; any: by each that it has, each told' -r -f -a "4\t''
6\t''
any\t''"
complete -c bt -n "__fish_bt_using_subcommand scrape" -l timeout -d 'How long a tracker may take' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l expect-peers -d 'End with status 1 where a torrent has fewer peers' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l watch -d 'Ask again and again, until a signal; then the status is 0' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt -n "__fish_bt_using_subcommand scrape" -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand scrape" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand scrape" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand scrape" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand scrape" -l brief -d 'A line for each answer, without the peers'
complete -c bt -n "__fish_bt_using_subcommand scrape" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand scrape" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand scrape" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand scrape" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand completions" -l out -d 'Writes them as files into this folder, for the links such as bt-track too' -r -F
complete -c bt -n "__fish_bt_using_subcommand completions" -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt -n "__fish_bt_using_subcommand completions" -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand completions" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
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
complete -c bt -n "__fish_bt_using_subcommand man" -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt -n "__fish_bt_using_subcommand man" -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt -n "__fish_bt_using_subcommand man" -s q -l quiet -d 'Say nothing but errors'
complete -c bt -n "__fish_bt_using_subcommand man" -s v -l verbose -d 'Say more; twice for still more'
complete -c bt -n "__fish_bt_using_subcommand man" -l json -d 'JSON on standard output, also on a terminal'
complete -c bt -n "__fish_bt_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "decode" -d 'Bencode to JSON'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "encode" -d 'JSON to bencode'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "inspect" -d 'Shows what a torrent is, or what a tracker wrote'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "edit" -d 'Changes metainfo and leaves all else byte for byte'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "magnet" -d 'Writes the magnet link of a torrent'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "publish" -d 'Makes metainfo of files and directories'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "verify" -d 'Checks data against its metainfo'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "track" -d 'Runs a tracker'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "seed" -d 'Offers what is complete'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "fetch" -d 'Downloads a torrent'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "open" -d 'Downloads what a browser hands over'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "announce" -d 'Asks trackers for the peers of a torrent'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "scrape" -d 'Asks trackers how many peers torrents have'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "completions" -d 'Writes completions for a shell'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "man" -d 'Shows the manual pages'
complete -c bt -n "__fish_bt_using_subcommand help; and not __fish_seen_subcommand_from decode encode inspect edit magnet publish verify track seed fetch open announce scrape completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c bt -n "__fish_bt_using_subcommand help; and __fish_seen_subcommand_from track" -f -a "dump" -d 'Writes the swarms of a dfile, a line of JSON each'
