complete -c bt-scrape -s t -l tracker -d 'A tracker to ask in place of the torrent\'s own; may be repeated' -r
complete -c bt-scrape -l info-hash -d 'By which info-hash a hybrid torrent is asked for' -r -f -a "v1\t'That of BEP 3 alone'
v2\t'That of BEP 52 alone, cut to 20 bytes'
both\t'All that there are'"
complete -c bt-scrape -l ip-family -d 'By which addresses a tracker is asked; any: by each that it has, each told' -r -f -a "4\t''
6\t''
any\t''"
complete -c bt-scrape -l timeout -d 'How long a tracker may take' -r
complete -c bt-scrape -l expect-peers -d 'End with status 1 where a torrent has fewer peers' -r
complete -c bt-scrape -l watch -d 'Ask again and again, until a signal; then the status is 0' -r
complete -c bt-scrape -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-scrape -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-scrape -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-scrape -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-scrape -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-scrape -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-scrape -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-scrape -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-scrape -l brief -d 'A line for each answer, without the peers'
complete -c bt-scrape -s q -l quiet -d 'Say nothing but errors'
complete -c bt-scrape -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-scrape -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-scrape -s h -l help -d 'Print help (see more with \'--help\')'
