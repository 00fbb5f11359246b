complete -c bt-edit -s o -l output -d 'Where to write; - is standard output [default: -]' -r
complete -c bt-edit -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-edit -l add-tracker -d 'One more tracker, a tier behind the others; may be repeated' -r
complete -c bt-edit -l tier -d 'The tier that the new trackers join, from 1' -r
complete -c bt-edit -l remove-tracker -d 'Without the trackers that match; may be repeated' -r
complete -c bt-edit -l replace-tracker -d 'Other URLs for the trackers that match; may be repeated' -r
complete -c bt-edit -l add-web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt-edit -l remove-web-seed -d 'Without the web seeds that match; may be repeated' -r
complete -c bt-edit -l replace-web-seed -d 'Other URLs for the web seeds that match, as --replace-tracker has it' -r
complete -c bt-edit -l add-http-seed -d 'A server of the older kind (BEP 17); may be repeated' -r
complete -c bt-edit -l remove-http-seed -d 'Without the servers of the older kind that match; may be repeated' -r
complete -c bt-edit -l add-node -d 'A node of the DHT that may know peers (BEP 5); may be repeated' -r
complete -c bt-edit -l remove-node -d 'Without the nodes that match as HOST:PORT; may be repeated' -r
complete -c bt-edit -s c -l comment -d 'A word to people' -r
complete -c bt-edit -l created-by -d 'The program that made it' -r
complete -c bt-edit -l date -d 'When it was made: 2026-01-31, 2026-01-31T12:00:00Z, seconds since 1970, or now' -r
complete -c bt-edit -s s -l source -d 'A mark inside `info`, by which trackers tell their torrents apart' -r
complete -c bt-edit -l set -d 'A value at a path, such as /x-key="text" or /nodes/0/1=6881; may be repeated' -r
complete -c bt-edit -l unset -d 'Without the key or element at a path; may be repeated' -r
complete -c bt-edit -l sign -d 'Sign with this private key, RSA in PEM (BEP 35)' -r
complete -c bt-edit -l certificate -d 'The certificate of the key, in PEM or DER' -r
complete -c bt-edit -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-edit -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-edit -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-edit -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-edit -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-edit -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-edit -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-edit -s i -l in-place -d 'Change the files in their places'
complete -c bt-edit -s n -l dry-run -d 'Write nothing, but show what would change'
complete -c bt-edit -s f -l force -d 'Write over an existing file; write metainfo to a terminal'
complete -c bt-edit -l change-info-hash -d 'Take changes inside `info`, and tell the old and the new info-hash'
complete -c bt-edit -l clear-trackers -d 'Without any of the old trackers'
complete -c bt-edit -l no-comment -d 'Without a comment'
complete -c bt-edit -l no-created-by -d 'Without the program that made it'
complete -c bt-edit -l no-date -d 'Without the date'
complete -c bt-edit -l no-source -d 'Without that mark'
complete -c bt-edit -s p -l private -d 'Only peers of its own trackers (BEP 27); inside `info`'
complete -c bt-edit -l public -d 'Peers from everywhere; inside `info`'
complete -c bt-edit -s q -l quiet -d 'Say nothing but errors'
complete -c bt-edit -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-edit -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-edit -s h -l help -d 'Print help (see more with \'--help\')'
