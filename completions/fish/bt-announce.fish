complete -c bt-announce -l event -d 'What to tell, and nothing after it [default: started, then stopped]' -r -f -a "started\t'The peer is new'
completed\t'Its last piece has come; then --left is 0 where it is not given'
paused\t'The peer lacks something and fetches nothing (BEP 21)'
stopped\t'The peer leaves'
none\t'No event, as at the interval'"
complete -c bt-announce -l numwant -d 'How many peers are wanted [default: as the tracker likes]' -r
complete -c bt-announce -l left -d 'Bytes still missing; 0 for a seed [default: all]' -r
complete -c bt-announce -l port -d 'The port that is told to listen' -r
complete -c bt-announce -l peer-id -d 'The peer id that is told: 20 bytes, odd ones as %xx [default: one of bt\'s own, at random]' -r
complete -c bt-announce -s t -l tracker -d 'A tracker to ask in place of the torrent\'s own; may be repeated' -r
complete -c bt-announce -l info-hash -d 'By which info-hash a hybrid torrent is asked for' -r -f -a "v1\t'That of BEP 3 alone'
v2\t'That of BEP 52 alone, cut to 20 bytes'
both\t'All that there are'"
complete -c bt-announce -l ip-family -d 'By which addresses a tracker is asked; any: by each that it has, each told' -r -f -a "4\t''
6\t''
any\t''"
complete -c bt-announce -l timeout -d 'How long a tracker may take' -r
complete -c bt-announce -l expect-peers -d 'End with status 1 where a torrent has fewer peers' -r
complete -c bt-announce -l watch -d 'Ask again and again, until a signal; then the status is 0' -r
complete -c bt-announce -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-announce -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-announce -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-announce -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-announce -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-announce -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-announce -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-announce -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-announce -l brief -d 'A line for each answer, without the peers'
complete -c bt-announce -s q -l quiet -d 'Say nothing but errors'
complete -c bt-announce -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-announce -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-announce -s h -l help -d 'Print help (see more with \'--help\')'
