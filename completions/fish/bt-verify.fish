complete -c bt-verify -l data -d 'Where the data lies: the folder that holds it, or the data itself' -r -F
complete -c bt-verify -l find -d 'Look below DIR for files that were renamed or moved; may be repeated' -r -F
complete -c bt-verify -l link-into -d 'Put all files that are right together in DIR/NAME, as hard links' -r -F
complete -c bt-verify -l repair-from -d 'Get pieces that are bad or missing from another copy or a web server; may be repeated' -r
complete -c bt-verify -l threads -d 'How many threads hash [default: one a core]' -r
complete -c bt-verify -l io-limit -d 'Read at most so many bytes a second' -r
complete -c bt-verify -l ca-file -d 'Trust the certificates in this file too, over HTTPS and wss (PEM)' -r -F
complete -c bt-verify -l max-metainfo -d 'The longest that is read; 4 GiB at most' -r
complete -c bt-verify -l max-files -d 'The most files that it may name, pads included' -r
complete -c bt-verify -l max-depth -d 'The most folders that a file may lie in, its own name counted' -r
complete -c bt-verify -l format -d 'What data on standard output looks like [default: human on a terminal, else json]' -r -f -a "human\t'For people'
json\t'One JSON document, or one a line'
bencode\t'Raw bencode'"
complete -c bt-verify -l color -d 'Colours' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-verify -l progress -d 'Progress bars on standard error; auto draws them on a terminal' -r -f -a "auto\t'On a terminal'
always\t'Everywhere'
never\t'Nowhere'"
complete -c bt-verify -l profile -d 'The profile of the configuration file that counts' -r
complete -c bt-verify -l fast -d 'Look at sizes only and read nothing; says how many files were written after the torrent was made'
complete -c bt-verify -l strict -d 'Name files in the torrent\'s folder that the torrent does not have; status 1 where there are'
complete -c bt-verify -l events -d 'A line of JSON for each file and one at the end, in place of one document'
complete -c bt-verify -l copy -d 'With --link-into, make copies in place of links; they share blocks where the file system can'
complete -c bt-verify -s f -l force -d 'With --repair-from, also cut files that are too long'
complete -c bt-verify -s q -l quiet -d 'Say nothing but errors'
complete -c bt-verify -s v -l verbose -d 'Say more; twice for still more'
complete -c bt-verify -l json -d 'JSON on standard output, also on a terminal'
complete -c bt-verify -s h -l help -d 'Print help (see more with \'--help\')'
