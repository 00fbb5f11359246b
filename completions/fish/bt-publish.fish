complete -c bt-publish -s t -l tracker -d 'One more tracker, after those named behind PATH; may be repeated' -r
complete -c bt-publish -s o -l output -d 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]' -r
complete -c bt-publish -s l -l piece-length -d 'Bytes in a piece, a power of two [default: by size, 16KiB to 16MiB]' -r
complete -c bt-publish -s n -l name -d 'The name that others store it under [default: PATH\'s own]' -r
complete -c bt-publish -s c -l comment -d 'A word to people' -r
complete -c bt-publish -s s -l source -d 'A mark inside the info-hash, by which trackers tell their torrents apart' -r
complete -c bt-publish -s w -l web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt-publish -l created-by -d 'The program that made it; an empty one is left out' -r
complete -c bt-publish -l threads -d 'How many pieces are hashed at once [default: one a core]' -r
complete -c bt-publish -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-publish -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-publish -l progress -d 'Progress bars on standard error' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-publish -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-publish -s f -l force -d 'Write over an existing file; write metainfo to a terminal'
complete -c bt-publish -s p -l private -d 'Only peers of its own trackers (BEP 27)'
complete -c bt-publish -l no-date -d 'Leave the creation date out'
complete -c bt-publish -s q -l quiet -d 'Say nothing but errors'
complete -c bt-publish -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-publish -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-publish -s h -l help -d 'Print help (see more with \'--help\')'
