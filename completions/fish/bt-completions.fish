complete -c bt-completions -l out -d 'Writes them as files into this folder, for the links such as bt-track too' -r -F
complete -c bt-completions -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-completions -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-completions -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-completions -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-completions -s q -l quiet -d 'Say nothing but errors'
complete -c bt-completions -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-completions -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-completions -s h -l help -d 'Print help (see more with \'--help\')'
