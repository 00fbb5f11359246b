complete -c bt-man -l out -d 'Writes all pages into this folder instead' -r -F
complete -c bt-man -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-man -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-man -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-man -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-man -s q -l quiet -d 'Say nothing but errors'
complete -c bt-man -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-man -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-man -s h -l help -d 'Print help (see more with \'--help\')'
