complete -c bt-inspect -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-inspect -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-inspect -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-inspect -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-inspect -l raw -d 'All of the bencode as JSON, as `bt decode` shows it; takes any bencode'
complete -c bt-inspect -s f -l force -d 'Write --format bencode to a terminal'
complete -c bt-inspect -s q -l quiet -d 'Say nothing but errors'
complete -c bt-inspect -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-inspect -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-inspect -s h -l help -d 'Print help (see more with \'--help\')'
