complete -c bt-decode -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-decode -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-decode -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-decode -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-decode -l lenient -d 'Take leading zeros, negative zero, unsorted and double keys and bytes after the end, and warn'
complete -c bt-decode -s q -l quiet -d 'Say nothing but errors'
complete -c bt-decode -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-decode -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-decode -s h -l help -d 'Print help (see more with \'--help\')'
