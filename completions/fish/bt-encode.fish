complete -c bt-encode -s o -l output -d 'Where to write; `-` is standard output' -r
complete -c bt-encode -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-encode -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-encode -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-encode -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-encode -l force -d 'Write over an existing file, and raw bencode to a terminal'
complete -c bt-encode -s q -l quiet -d 'Say nothing but errors'
complete -c bt-encode -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-encode -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-encode -s h -l help -d 'Print help (see more with \'--help\')'
