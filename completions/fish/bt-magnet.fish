complete -c bt-magnet -l only -d 'The info-hash of this version alone [default: of all that there are]' -r -f -a "v1\t'The info-hash of BEP 3'
v2\t'The info-hash of BEP 52'"
complete -c bt-magnet -l select -d 'The files that are wanted: numbers and ranges, or a glob; may be repeated (BEP 53)' -r
complete -c bt-magnet -l peer -d 'A peer that has it; may be repeated' -r
complete -c bt-magnet -s t -l tracker -d 'One more tracker, behind those of the torrent; may be repeated' -r
complete -c bt-magnet -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-magnet -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-magnet -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-magnet -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-magnet -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-magnet -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-magnet -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-magnet -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-magnet -l size -d 'Tell the size'
complete -c bt-magnet -l no-name -d 'Leave the name out'
complete -c bt-magnet -l no-trackers -d 'Leave the trackers of the torrent out'
complete -c bt-magnet -l no-web-seeds -d 'Leave the web seeds out'
complete -c bt-magnet -s q -l quiet -d 'Say nothing but errors'
complete -c bt-magnet -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-magnet -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-magnet -s h -l help -d 'Print help (see more with \'--help\')'
