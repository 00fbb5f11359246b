complete -c bt-fetch -s o -l output -d 'The folder that the data is put into' -r -F
complete -c bt-fetch -l save-as -d 'The file or folder itself that becomes the data, whatever the torrent\'s name is' -r -F
complete -c bt-fetch -l max-download-rate -d 'Receive at most so many bytes a second; 0: no limit' -r
complete -c bt-fetch -l timeout -d 'End with status 5 where nothing new came for so long [default: wait for ever]' -r
complete -c bt-fetch -l port -d 'The first free one of these ports is listened at; 0: any' -r
complete -c bt-fetch -l bind -d 'The only address to listen at and to connect from' -r
complete -c bt-fetch -l max-upload-rate -d 'Send at most so many bytes a second, each torrent; 0: no limit' -r
complete -c bt-fetch -l max-uploads -d 'Send to so many peers at once, each torrent [default: as many as the line feeds]' -r
complete -c bt-fetch -l max-peers -d 'Connections of each torrent, at most' -r
complete -c bt-fetch -l peer -d 'A peer to connect to, whatever the trackers say; repeatable' -r
complete -c bt-fetch -l seed-ratio -d 'Offer until so many times the torrent\'s size was sent' -r
complete -c bt-fetch -l seed-time -d 'Offer for so long' -r
complete -c bt-fetch -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-fetch -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-fetch -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-fetch -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-fetch -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-fetch -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-fetch -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-fetch -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-fetch -l keep-seeding -d 'Offer the data once it is there, until --seed-ratio, --seed-time or a signal'
complete -c bt-fetch -l force-check -d 'Read all data that is there, also what an earlier run has verified'
complete -c bt-fetch -l no-dht -d 'Do not use the DHT (it is not used yet: for scripts that must be sure)'
complete -c bt-fetch -l no-lsd -d 'Do not look for peers in the local network (none are looked for yet)'
complete -c bt-fetch -s q -l quiet -d 'Say nothing but errors'
complete -c bt-fetch -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-fetch -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-fetch -s h -l help -d 'Print help (see more with \'--help\')'
