complete -c bt-publish -s t -l tracker -d 'One more tracker, after those named behind PATH; may be repeated' -r
complete -c bt-publish -s o -l output -d 'Where the metainfo goes: a file, a directory, or - for standard output [default: PATH.torrent]' -r
complete -c bt-publish -s n -l name -d 'The name that others store it under [default: PATH\'s own]' -r
complete -c bt-publish -l also-write -d 'Store the stream that is published in FILE, or pass it on to standard output with -' -r
complete -c bt-publish -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-publish -s l -l piece-length -d 'Bytes in a piece, a power of two from 16KiB to 1GiB [default: by size]' -r
complete -c bt-publish -l max-piece-length -d 'The most bytes in a piece, where the length goes by size' -r
complete -c bt-publish -l piece-count -d 'The most pieces: the shortest length that makes no more' -r
complete -c bt-publish -s c -l comment -d 'A word to people' -r
complete -c bt-publish -s s -l source -d 'A mark inside the info-hash, by which trackers tell their torrents apart' -r
complete -c bt-publish -s w -l web-seed -d 'A server that has the files too (BEP 19); may be repeated' -r
complete -c bt-publish -l http-seed -d 'A server of the older kind, which knows pieces (BEP 17); may be repeated' -r
complete -c bt-publish -l node -d 'A node of the DHT that may know peers (BEP 5); may be repeated' -r
complete -c bt-publish -l similar -d 'A torrent that has some of the same files (BEP 38); may be repeated' -r
complete -c bt-publish -l collection -d 'A group of torrents that may share files (BEP 38); may be repeated' -r
complete -c bt-publish -l update-url -d 'Where a newer torrent in place of this one will be found (BEP 39)' -r
complete -c bt-publish -l created-by -d 'The program that made it; an empty one is left out' -r
complete -c bt-publish -l set -d 'Any further key; may be repeated' -r
complete -c bt-publish -l sign -d 'Sign with this private key, RSA in PEM (BEP 35)' -r
complete -c bt-publish -l certificate -d 'The certificate of the key, in PEM or DER' -r
complete -c bt-publish -l threads -d 'How many threads hash [default: one a core]' -r
complete -c bt-publish -l io-limit -d 'Read no faster than so many bytes a second: 50MiB/s' -r
complete -c bt-publish -l reuse -d 'Take over hashes of files that have not changed since TORRENT was made; may be repeated' -r
complete -c bt-publish -l include -d 'Only files that match, or whose directory does; may be repeated' -r
complete -c bt-publish -l exclude -d 'Neither files nor directories that match; may be repeated' -r
complete -c bt-publish -l hidden -d 'Names that begin with a dot' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt-publish -l junk -d 'What systems leave behind in directories: Thumbs.db, .DS_Store and the like' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt-publish -l cvs-core -d 'Files and directories called CVS or core' -r -f -a "include\t'They are taken'
skip\t'They are left out'"
complete -c bt-publish -l links -d 'What becomes of symbolic links in a directory' -r -f -a "follow\t'What they lead to is taken in their place, wherever it is'
store\t'They are stored as links'
skip\t'They are left out'"
complete -c bt-publish -l attributes -d 'Mark files as executable or hidden (BEP 47)' -r -f -a "none\t'No marks'
executable\t'That its owner may run it'
hidden\t'That its name begins with a dot'"
complete -c bt-publish -l files-from -d 'Take the files that FILE names, or standard input with -, one a line' -r
complete -c bt-publish -l sort -d 'The order of the files' -r -f -a "name\t'By the bytes of the names, directory by directory'
natural\t'By names, with numbers by their value: a2 before a10'
smallest\t'The smallest first'
largest\t'The largest first'
oldest\t'What was written last comes last'
newest\t'What was written last comes first'"
complete -c bt-publish -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-publish -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-publish -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-publish -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-publish -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-publish -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-publish -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-publish -s f -l force -d 'Write over existing files; write metainfo to a terminal'
complete -c bt-publish -l v1 -d 'Version 1, which every client knows [default]'
complete -c bt-publish -l v2 -d 'Version 2 (BEP 52), with a hash tree for each file'
complete -c bt-publish -l hybrid -d 'Both versions in one, for clients of either'
complete -c bt-publish -s p -l private -d 'Only peers of its own trackers (BEP 27)'
complete -c bt-publish -l no-date -d 'Leave the creation date out'
complete -c bt-publish -l md5sum -d 'Write the MD5 of each file too'
complete -c bt-publish -l sha1 -d 'Write the SHA-1 of each file too (BEP 47)'
complete -c bt-publish -l resume -d 'Keep finished hashes while hashing, and go on from those that an interrupted run has kept'
complete -c bt-publish -l ignore-files -d 'Leave out what .gitignore and .ignore say'
complete -c bt-publish -l each -d 'Make a torrent of each entry of the directory PATH'
complete -c bt-publish -l dry-run -d 'Show what would go in, and make nothing'
complete -c bt-publish -l check-web-seeds -d 'Make sure that each web seed has the files, and sends parts of them'
complete -c bt-publish -s q -l quiet -d 'Say nothing but errors'
complete -c bt-publish -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-publish -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-publish -s h -l help -d 'Print help (see more with \'--help\')'
