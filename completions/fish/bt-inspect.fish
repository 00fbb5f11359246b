complete -c bt-inspect -l field -d 'One value as text, such as .info_hash.v1, .files[0].path or .trackers[][]; may be repeated' -r
complete -c bt-inspect -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-inspect -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-inspect -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-inspect -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-inspect -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-inspect -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-inspect -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-inspect -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-inspect -l tree -d 'The tree of all files, each folder with its sum, also into a pipe'
complete -c bt-inspect -l files -d 'A line for each file: its bytes, a tab, its path; with --json an object'
complete -c bt-inspect -s 0 -l null -d 'With --files: each line ends in NUL, not in a newline, and names are as they are'
complete -c bt-inspect -l raw -d 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode'
complete -c bt-inspect -s f -l force -d 'Write --format bencode to a terminal'
complete -c bt-inspect -s q -l quiet -d 'Say nothing but errors'
complete -c bt-inspect -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-inspect -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-inspect -s h -l help -d 'Print help (see more with \'--help\')'
